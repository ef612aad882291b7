// Ports that `npm start` tries first; a taken one moves to the next free one.
export const defaultPort = 8780;
export const defaultBrokerPort = 8790;
export const defaultEmbedPort = 8800;
