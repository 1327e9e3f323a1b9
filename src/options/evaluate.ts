import { table } from './option.ts';

/** What the boxes are measured on, and what is said of them. */
export const evaluateOptions = table({
  images: { type: 'text', form: 'dir', words: 'a folder of images; needs --boxes' },
  boxes: {
    type: 'text',
    form: 'csv',
    words: 'their classes and boxes: file,class_index,x0,y0,x1,y1,image_w,image_h, and wnid if you have it',
  },
  byFolder: {
    type: 'switch',
    words:
      'the images lie in a folder per class (none/: no class), and the boxes have a column label: also tells how well classes are told apart',
  },
  video: {
    type: 'text',
    form: 'dir',
    words: 'a folder of clips with classes.csv (clip,acceptable_class_indices) and gt/CLIP.csv',
  },
  live: { type: 'switch', words: 'clips: follow as a live stream is followed, knowing no later frame' },
  json: { type: 'text', form: 'file', words: 'write all figures as JSON; - is stdout' },
  worst: { type: 'text', form: 'png', words: 'images: draw the 36 worst, true boxes green, found ones red' },
  perClass: { type: 'switch', words: 'images: print a line for each class, the worst first' },
});
