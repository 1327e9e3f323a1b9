export { drawOnJpeg } from './draw-on-jpeg.ts';
export type { HeatMap } from './heat/heatmap.ts';
export { drawOverlay, type Overlay, type OverlayTrack } from './overlay.ts';
export type { ColourMatrix, ColourRange, Picture, PicturePlane, Transfer } from './picture.ts';
export { createTrails, type TrailOptions, type Trails, type UpdateTrails } from './trails.ts';
