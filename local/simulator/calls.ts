/** The provider's calls as the simulator answers them and `submit.ts` makes them. */
export const calls = {
  image: { path: '/api/v1/client/job/detect-face-image', mediaField: 'image_url' },
  /** For GIFs too. Path and field are by analogy with the image call: not confirmed by the provider's pages. */
  video: { path: '/api/v1/client/job/detect-face-video', mediaField: 'video_url' },
  result: { path: '/api/v1/client/job/detect-face-result' },
} as const;

export type DetectCall = typeof calls.image | typeof calls.video;
