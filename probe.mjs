import {spawn} from 'node:child_process'; import {once} from 'node:events';
Promise.withResolvers ??= function(){let resolve,reject;const promise=new Promise((a,b)=>{resolve=a;reject=b});return{promise,resolve,reject}};
const {FormatContext,Packet,Dictionary}=await import('node-av/lib');
const c=spawn('/usr/bin/python3',['test/support/rtsp-server.py','9554','320x240','25','h264-b'],{stdio:['pipe','pipe','inherit']}); await once(c.stdout,'data');
const f=new FormatContext(); f.allocContext();
console.log(await f.openInput('rtsp://127.0.0.1:9554/live',null,Dictionary.fromObject({rtsp_transport:'tcp',analyzeduration:'2000000',probesize:'2000000'})));
console.log(await f.findStreamInfo(null)); const v=f.streams[0]; console.log('delay',v.codecpar.videoDelay, v.timeBase.num, v.timeBase.den, v.avgFrameRate.num, v.avgFrameRate.den);
const p=new Packet(); p.alloc();
for(let i=0;i<40;i++){ await f.readFrame(p); const n=[]; const d=p.data; for(let k=0;k<d.length-4;k++) if(d[k]==0&&d[k+1]==0&&d[k+2]==1) n.push(d[k+3]&31); console.log(i,p.isKeyframe?'K':'', 'pts',p.pts,'dts',p.dts,'dur',p.duration,'size',p.size,'nals',n.join(',')); p.unref();}
c.kill('SIGKILL'); process.kill(process.pid,'SIGKILL');
