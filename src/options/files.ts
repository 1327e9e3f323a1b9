import { table } from './option.ts';

/** What annotate writes, and which part of the input it reads. */
export const fileOptions = table({
  output: {
    type: 'text',
    form: 'file',
    short: 'o',
    words: 'the annotated video or picture: .mp4, .mov, .mkv, .webm, .jpg or .png; of several inputs a folder',
    absent: 'NAME.annotated.mp4 (or .jpg, .png) beside the input, NAME.annotated/ for a folder',
  },
  json: {
    type: 'text',
    form: 'file',
    words: 'write the boxes as NDJSON; - is stdout; of several inputs a folder. Without -o nothing is encoded',
  },
  heatmap: { type: 'switch', words: 'overlay the heat map of the most confident object' },
  heatmapOpacity: {
    type: 'number',
    range: [0, 1],
    default: 0.6,
    words: 'opacity of the heat map where it is hottest; implies --heatmap',
  },
  blur: { type: 'switch', words: 'hide what is in the boxes instead of framing it' },
  start: { type: 'time', words: 'begin here, counted from the beginning of the source: seconds or hh:mm:ss' },
  duration: { type: 'span', words: 'stop after this much: seconds or hh:mm:ss' },
  hwaccel: {
    type: 'text',
    form: 'name',
    words: "decode in hardware: FFmpeg's name of the device type, e.g. cuda or vaapi",
    absent: 'software',
  },
  encoder: {
    type: 'text',
    form: 'name',
    words: 'encoder of the video: libx264, libx265, libsvtav1, libvpx-vp9, h264_nvenc, …',
    absent: 'libx264, or libvpx-vp9 for .webm',
  },
  crf: {
    type: 'number',
    form: 'n',
    range: [0, 100],
    words: "constant quality, on the encoder's scale",
    absent: '20 for libx264',
  },
  preset: {
    type: 'text',
    form: 'name',
    words: "the encoder's preset",
    absent: "libx264's veryfast, with fewer frames in memory",
  },
  profile: { type: 'text', form: 'file', words: 'write what each thread did when, for Perfetto or chrome://tracing' },
});
