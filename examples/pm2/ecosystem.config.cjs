// pm2 start ecosystem.config.cjs, and `pm2 reload app` for a new version: no request and no number is lost.
module.exports = {
  apps: [
    {
      name: 'app',
      script: 'app.js',
      cwd: __dirname,
      // All of them write into one file, and each answers for all.
      exec_mode: 'cluster',
      instances: 4,
      // A new one takes requests before an old one is told to go; if it never says that it is ready, after so long.
      wait_ready: true,
      listen_timeout: 30_000,
      // Between SIGINT and SIGKILL: what is in flight is finished, and the last numbers are written. PM2's own 1.6 s are few.
      kill_timeout: 15_000,
      env: { NODE_ENV: 'production' },
    },
  ],
}
