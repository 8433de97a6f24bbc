// SPDX-License-Identifier: MIT
// One of the threads in which bun.js lets functions block.
onmessage = ({ data: ms }) => {
  Bun.sleepSync(ms);
  postMessage(ms);
};
