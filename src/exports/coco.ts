import type { RecordedFrame, Recording } from './recording.ts';

/**
 * COCO object detection JSON: frames as images, the boxes of confirmed tracks as annotations with `score` and `track_id`
 * beside COCO's own fields, the classes and groups they are named by as categories, numbered as they appear. The recording is read twice, so
 * that nothing but the categories is held in memory.
 */
export async function* toCoco(recording: Recording): AsyncGenerator<string> {
  const info = { description: `Boxes of ${recording.path}, found by heatbox`, version: '1' };
  yield `{"info":${JSON.stringify(info)},"licenses":[],\n"images":[`;
  let images = 0;
  for await (const frame of recording.frames()) yield `${images++ ? ',' : ''}\n${JSON.stringify(image(images, frame))}`;

  yield '\n],\n"annotations":[';
  const categories = new Map<string, { id: number; name: string; supercategory: string; wnid: string }>();
  let read = 0;
  let annotations = 0;
  for await (const { tracks } of recording.frames()) {
    // A log may have grown between the two readings.
    if (++read > images) break;
    for (const { id, label, wnid, score, box, state } of tracks) {
      if (state !== 'confirmed') continue;
      const key = `${wnid} ${label}`;
      const category = categories.get(key) ?? { id: categories.size + 1, name: label, supercategory: '', wnid };
      categories.set(key, category);
      const [width, height] = [hundredths(box[2] - box[0]), hundredths(box[3] - box[1])];
      const annotation = {
        id: ++annotations,
        image_id: read,
        category_id: category.id,
        bbox: [box[0], box[1], width, height],
        area: hundredths(width * height),
        iscrowd: 0,
        score,
        track_id: id,
      };
      yield `${annotations > 1 ? ',' : ''}\n${JSON.stringify(annotation)}`;
    }
  }
  yield `\n],\n"categories":${JSON.stringify([...categories.values()])}}\n`;
}

function image(id: number, { stream, session, frame, pts, size }: RecordedFrame) {
  const name = `${session}/${String(frame + 1).padStart(6, '0')}.jpg`;
  return { id, file_name: name, width: size.width, height: size.height, stream, frame, pts };
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
