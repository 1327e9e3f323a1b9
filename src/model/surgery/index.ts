export { type Cam, type CamOptions, makeCam } from './make-cam.ts';
export type { Picture } from './test-image.ts';
