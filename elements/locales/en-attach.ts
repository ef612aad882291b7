/** Texts of what is about to be attached. */
export const attach = {
  title: (count: number) => (count === 1 ? 'Send a file' : `Send ${count} files`),
  caption: 'Caption',
  captionFirst: 'Caption, under the first one',
  send: 'Send',
  size: 'Size of pictures',
  sizes: { original: 'Original', large: 'Large, 2048 px', small: 'Small, 1024 px' },
  keep: 'Keep location and camera data',
  removed: 'Location and camera data are removed from pictures.',
  kept: 'The pictures say where and with what they were taken, to whoever gets them.',
};
