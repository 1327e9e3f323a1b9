import { closeSync, openSync, readSync } from 'node:fs';
import { HeatboxError } from '../../error.ts';

/**
 * FFmpeg's demuxers that read one source and nothing beside it. Which demuxer reads a file is decided by its content, so
 * a stranger's `clip.mp4` may be a manifest that names other files: those are read only where they were asked for, and
 * what opens devices or sockets, or runs scripts, never. FFmpeg takes no list of what is forbidden; names that a build
 * lacks do no harm.
 */
const SELF_CONTAINED = `
  3dostr 4xm aa aac aax ac3 ace acm act adf adp ads adx aea afc aiff aix alaw alias_pix alp amr amrnb amrwb anm
  apac apc ape apm apng aptx aptx_hd apv aqtitle argo_asf argo_brp argo_cvg asf asf_o ass ast au av1 avi avr avs
  avs2 avs3 bethsoftvid bfi bfstm bin bink binka bit bitpacked bmp_pipe bmv boa bonk brender_pix brstm c93 caf
  cavsvideo cdg cdxl cine codec2 codec2raw cri_pipe daud dcstr dds_pipe derf dfa dfpwm dhav dirac dnxhd dpx_pipe
  dsf dsicin dss dts dtshd dv dvbsub dvbtxt dxa ea ea_cdata eac3 epaf evc exr_pipe f32be f32le f64be f64le
  ffmetadata film_cpk filmstrip fits flac flic flv frm fsb fwse g722 g723_1 g726 g726le g728 g729 gdv gem_pipe
  genh gif gif_pipe gsm gxf h261 h263 h264 hca hcom hdr_pipe hevc hnm hxvs iamf ico idcin idf iff ifv ilbc image2
  image2pipe ingenient ipmovie ipu ircam iss iv8 ivf ivr j2k_pipe jacosub jpeg_pipe jpegls_pipe jpegxl_anim
  jpegxl_pipe jv kux kvag laf lc3 libopenmpt live_flv lmlm4 loas lrc luodat lvf lxf m4v matroska mca mcc mgsts
  microdvd mjpeg mjpeg_2000 mlp mlv mm mmf mods moflex mov mp3 mpc mpc8 mpeg mpegts mpegtsraw mpegvideo mpjpeg
  mpl2 mpsub msf msnwctcp msp mtaf mtv mulaw musx mv mvi mxf mxg nc nistsphere nsp nsv nut nuv obu ogg oma osq
  oss paf pam_pipe pbm_pipe pcx_pipe pdv pfm_pipe pgm_pipe pgmyuv_pipe pgx_pipe phm_pipe photocd_pipe pictor_pipe
  pjs pmp png_pipe pp_bnk ppm_pipe psd_pipe psxstr pva pvf qcp qdraw_pipe qoa qoi_pipe r3d rawvideo rcwt realtext
  redspark rka rl2 rm roq rpl rsd rso s16be s16le s24be s24le s32be s32le s337m s8 sami sbc sbg scc scd sdns sdr2
  sds sdx ser sga sgi_pipe shn siff simbiosis_imx sln smjpeg smk smush sol sox spdif srt stl subviewer subviewer1
  sunrast_pipe sup svag svs swf tak tedcaptions thp tiertexseq tiff_pipe tmv truehd tta tty txd ty u16be u16le
  u24be u24le u32be u32le u8 usm v210 v210x vag vbn_pipe vc1 vc1test vidc vividas vivo vmd voc vpk vplayer vqf
  vvc w64 wady wav wc3movie webp_anim webp_pipe webvtt wsaud wsd wsvqa wtv wv wve xa xbin xbm_pipe xmd xmv
  xpm_pipe xvag xwd_pipe xwma yop yuv4mpegpipe
`
  .trim()
  .split(/\s+/);

/** The demuxers that open what a source names, by what asks for them. */
const MANIFESTS = [
  { demuxer: 'hls', name: 'an HLS playlist', ending: '.m3u8', asked: /\b(m3u8?|hls)\b/i, content: /^\s*#EXTM3U/ },
  { demuxer: 'dash', name: 'a DASH manifest', ending: '.mpd', asked: /\b(mpd|dash)\b/i, content: /<MPD[\s>]/ },
  {
    ...{ demuxer: 'concat', name: 'a list of files', ending: '.ffconcat' },
    ...{ asked: /\bffconcat\b/i, content: /^\s*ffconcat version/ },
  },
] as const;

/** Enough to tell a manifest by its beginning. */
const HEAD_BYTES = 4096;

/**
 * The demuxers that FFmpeg may use for a source and all that it names: the value of its option `format_whitelist`.
 *
 * @param input - A file's path, whose extension asks for a manifest; or a URL, whose path or query does.
 */
export function allowedDemuxers(input: string): string {
  if (/^rtsps?:/i.test(input)) return ['rtsp', ...SELF_CONTAINED].join();
  const asked = askingPart(input);
  const manifests = MANIFESTS.filter(
    ({ demuxer, asked: words }) => words.test(asked) && !(isUrl(input) && demuxer === 'concat'),
  );
  return [...manifests.map(({ demuxer }) => demuxer), ...SELF_CONTAINED].join();
}

/**
 * Says so where a source was refused because it is a manifest that was not asked for.
 *
 * @param shown - The source as shown to people.
 */
export function manifestError(input: string, shown: string, cause?: unknown): HeatboxError | undefined {
  const manifest = isUrl(input) ? undefined : MANIFESTS.find(({ content }) => content.test(headOf(input)));
  if (manifest === undefined) return undefined;
  const { name, ending } = manifest;
  return new HeatboxError('SOURCE_IS_MANIFEST', `${shown} is ${name}, which names other files`, {
    value: shown,
    kind: 'usage',
    hint: `If you trust it with your files, give it a name that ends in ${ending}.`,
    cause,
  });
}

/** Whether FFmpeg's words say that a source was refused as it is none of the allowed kinds. */
export function isRefusal(complaint: string): boolean {
  return /format not on whitelist/i.test(complaint);
}

/** What to do where a URL's answer was refused. */
export const URL_REFUSED =
  'the URL answers with something that heatbox does not read unasked. ' +
  'If it is a playlist, its URL must say so, as …/index.m3u8 or …/manifest.mpd does';

function isUrl(input: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(input);
}

/** The extension of a path; the path and query of a URL. */
function askingPart(input: string): string {
  if (!isUrl(input)) return /\.[^./\\]*$/.exec(input)?.[0] ?? '';
  return input.replace(/^[a-z][a-z0-9+.-]+:\/\/[^/?#]*/i, '');
}

function headOf(path: string): string {
  const head = Buffer.alloc(HEAD_BYTES);
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return head.toString('latin1', 0, readSync(file, head));
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
