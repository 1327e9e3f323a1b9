/** What can be drawn over the picture. */
export const PARTS = ['boxes', 'labels', 'scores', 'ids', 'trails', 'heatmap'] as const;
export type Part = (typeof PARTS)[number];
