export { type Cam, type MakeCamOptions, makeCam } from './make-cam.ts';
export type { Picture } from './test-image.ts';
