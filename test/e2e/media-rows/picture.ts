import { type Matrix, withMatrix } from '../../support/patches.ts';
import { type Row, second, silent, x264 } from './row.ts';

const hdr = (transfer: string, more = '') => [
  '-pix_fmt',
  'yuv420p10le',
  '-c:v',
  'libx265',
  '-preset',
  'ultrafast',
  '-x265-params',
  `log-level=none:colorprim=bt2020:transfer=${transfer}:colormatrix=bt2020nc:range=limited${more}`,
];
const mastering =
  ':hdr10=1:max-cll=1000,400:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)';

/** A fifth of a second of strong colours, in a transport stream that others follow. */
const part = (start: number, matrix: string, range: string, format = 'yuv420p', shape = '160:90,setsar=1') => [
  ...['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=20:d=0.2,gblur=4', '-vf'],
  `scale=${shape.replace(/(?=,|$)/, `:out_color_matrix=${matrix}:out_range=${range}`)},format=${format}`,
  ...[...x264, '-colorspace', matrix, '-color_range', range, '-bf', '0'],
  ...['-muxdelay', '0', '-muxpreload', '0', '-output_ts_offset', String(start)],
];

/** Shapes and colours. */
export const picture: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(
    Object.entries({
      'turned by 90°': [0, 1, -1, 0],
      'turned by 180°': [-1, 0, 0, -1],
      'turned by 270°': [0, -1, 1, 0],
      'flipped left to right': [-1, 0, 0, 1],
      'flipped upside down': [1, 0, 0, -1],
      'flipped and turned by 90°': [0, 1, 1, 0],
      'flipped and turned by 270°': [0, -1, -1, 0],
    } satisfies Record<string, Matrix>).map(([name, matrix]): [string, Row] => [
      name,
      {
        file: `matrix${matrix.join('_')}.mp4`,
        make: [...silent, '-t', '0.3', ...x264],
        change: withMatrix(matrix as Matrix),
        display: matrix[0] === 0 ? [90, 160] : [160, 90],
        recipe: matrix.join(),
      },
    ]),
  ),
  'turned by its codec': {
    file: 'sei.mkv',
    make: [...silent, '-frames:v', '1', ...x264, '-bsf:v', 'h264_metadata=display_orientation=insert:rotate=-90'],
    display: [90, 160],
  },
  'odd width and height, 4:4:4': {
    file: 'odd.mp4',
    make: [...second, '-an', '-vf', 'scale=161:91', ...x264, '-pix_fmt', 'yuv444p'],
    display: [161, 91],
    stream: { width: 162, height: 92, pix_fmt: 'yuv420p' },
  },
  'odd width and height, 4:2:0': {
    file: 'odd.webm',
    make: [
      ...second,
      '-an',
      '-vf',
      'scale=159:89',
      '-c:v',
      'libvpx-vp9',
      '-deadline',
      'realtime',
      '-cpu-used',
      '8',
      '-pix_fmt',
      'yuv420p',
      '-crf',
      '20',
      '-b:v',
      '0',
    ],
    needs: ['libvpx-vp9'],
    display: [159, 89],
  },
  'odd and turned': {
    file: 'odd-turned.mp4',
    make: [...second, '-an', '-vf', 'scale=161:91', ...x264, '-pix_fmt', 'yuv444p'],
    change: withMatrix([0, 1, -1, 0]),
    display: [91, 161],
  },
  '4:4:4': { file: '444.mp4', make: [...second, '-vf', 'scale=160:90', ...x264, '-c:a', 'copy'], audio: ['copied'] },
  'wide pixels': {
    file: 'wide.mp4',
    make: [...second, '-an', '-vf', 'scale=120:90,setsar=4/3,format=yuv420p', ...x264],
    display: [160, 90],
  },
  'tall pixels': {
    file: 'tall.mkv',
    make: [...second, '-an', '-vf', 'scale=160:80,setsar=8/9,format=yuv420p', ...x264],
    display: [160, 90],
  },
  'wide pixels, turned': {
    file: 'wide-turned.mp4',
    make: [...second, '-an', '-vf', 'scale=120:90,setsar=4/3,format=yuv420p', ...x264],
    change: withMatrix([0, 1, -1, 0]),
    display: [90, 160],
  },
  'interlaced MPEG-2': {
    file: 'interlaced.ts',
    make: [
      ...second,
      '-vf',
      'scale=160:96,tinterlace=interleave_top',
      '-c:v',
      'mpeg2video',
      '-q:v',
      '3',
      '-flags',
      '+ildct+ilme',
      '-c:a',
      'mp2',
    ],
    needs: ['mpeg2video', 'mp2'],
    audio: ['copied'],
    stream: { field_order: 'tt' },
    display: [160, 96],
  },
  'interlaced H.264, bottom field first': {
    file: 'interlaced.mp4',
    make: [
      ...second,
      '-an',
      '-vf',
      'scale=160:96,format=yuv420p,tinterlace=interleave_bottom',
      '-c:v',
      'libx264',
      '-x264opts',
      'bff=1',
      '-crf',
      '10',
    ],
    stream: { field_order: 'bb' },
    display: [160, 96],
  },
  'HDR with PQ': {
    colour: { color_space: 'bt2020nc', color_primaries: 'bt2020', color_transfer: 'smpte2084' },
    file: 'pq.mp4',
    make: [...second, '-an', '-vf', 'scale=160:90', ...hdr('smpte2084', mastering)],
    needs: ['libx265'],
    stream: {
      pix_fmt: 'yuv420p10le',
      side_data_list: [
        {
          ...{ side_data_type: 'Mastering display metadata', red_x: '34000/50000', white_point_y: '16450/50000' },
          ...{ min_luminance: '50/10000', max_luminance: '10000000/10000' },
        },
        { side_data_type: 'Content light level metadata', max_content: 1000, max_average: 400 },
      ],
    },
  },
  'HDR with HLG': {
    colour: { color_space: 'bt2020nc', color_primaries: 'bt2020', color_transfer: 'arib-std-b67' },
    file: 'hlg.mkv',
    make: [...second, '-an', '-vf', 'scale=160:90', ...hdr('arib-std-b67')],
    needs: ['libx265'],
    stream: { pix_fmt: 'yuv420p10le' },
  },
  'full range, BT.709': {
    colour: { color_range: 'pc', color_space: 'bt709', color_primaries: 'bt709', color_transfer: 'bt709' },
    file: 'full.mp4',
    make: [
      ...second,
      '-an',
      '-vf',
      'scale=160:90:out_range=pc:out_color_matrix=bt709,format=yuv420p',
      ...x264,
      '-color_range',
      'pc',
      '-colorspace',
      'bt709',
      '-color_primaries',
      'bt709',
      '-color_trc',
      'bt709',
    ],
  },
  'BT.601, PAL primaries': {
    colour: { color_space: 'bt470bg', color_primaries: 'bt470bg', color_transfer: 'bt470bg' },
    file: 'pal.mp4',
    make: [...silent, ...x264, '-colorspace', 'bt470bg', '-color_primaries', 'bt470bg', '-color_trc', 'gamma28'],
  },

  // Changes in mid-stream, where a joined transport stream also has a break in its count of packets
  'another matrix and range': {
    file: 'matrix.ts',
    make: part(0, 'bt709', 'tv'),
    followedBy: [part(0.2, 'smpte170m', 'tv'), part(0.4, 'bt709', 'pc')],
    warnings: ['PACKET_DAMAGED'],
    colour: { color_space: 'bt709' },
    frames: 12,
    likeness: 35,
  },
  'another pixel format': {
    file: 'format.ts',
    make: part(0, 'bt709', 'tv'),
    followedBy: [part(0.2, 'bt709', 'tv', 'yuv422p10le')],
    warnings: ['PACKET_DAMAGED'],
    colour: { color_space: 'bt709' },
    frames: 8,
  },
  'another size of the same shape': {
    file: 'size.ts',
    make: part(0, 'bt709', 'tv'),
    followedBy: [part(0.2, 'bt709', 'tv', 'yuv420p', '320:180')],
    colour: { color_space: 'bt709' },
    frames: 8,
    warnings: ['PACKET_DAMAGED', 'SIZE_CHANGED'],
  },
  'pixels of another shape': {
    file: 'aspect.ts',
    make: part(0, 'bt709', 'tv'),
    followedBy: [part(0.2, 'bt709', 'tv', 'yuv420p', '120:90,setsar=4/3')],
    warnings: ['PACKET_DAMAGED'],
    colour: { color_space: 'bt709' },
    frames: 8,
  },
};
