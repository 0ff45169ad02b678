/**
 * Preloaded (`node --import`) into programs that know nothing of who started them: when the starter is
 * gone, even by `kill -9`, its channel closes, and the program ends as if told to.
 */
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
