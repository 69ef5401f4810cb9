// Runs before every command of package.json, under whatever Node the machine has (20 or later) and before anything is installed: plain
// CommonJS, nothing but Node's own modules. Installs the packages if that is missing or out of date, and sees that Node 26 is among them.
'use strict';

const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const lockFile = path.join(root, 'package-lock.json');
// npm writes it as the last step of an install, so an install that was killed leaves none.
const installedFile = path.join(root, 'node_modules', '.package-lock.json');
const ownLock = path.join(root, '.cache', 'install.lock');
const wantedMajor = 26;

class Problem extends Error {}

function modified(file) {
  try {
    return fs.statSync(file).mtimeMs;
  } catch {
    return undefined;
  }
}

function isInstalled() {
  const installed = modified(installedFile);
  if (installed === undefined) return false;
  if (installed >= modified(lockFile)) return true;
  if (!holdsTheSame()) return false;
  // A checkout touched the lock file without changing what it says.
  try {
    fs.utimesSync(installedFile, new Date(), new Date());
  } catch {
    // Then it is compared again the next time.
  }
  return true;
}

function holdsTheSame() {
  try {
    const wanted = JSON.parse(fs.readFileSync(lockFile, 'utf8')).packages;
    const present = JSON.parse(fs.readFileSync(installedFile, 'utf8')).packages;
    const same = (name) => wanted[name] !== undefined && wanted[name].version === present[name].version;
    // What is optional and missing is for other machines.
    const needed = (name) =>
      name === '' || wanted[name].optional === true || present[name] !== undefined || wanted[name].extraneous === true;
    return Object.keys(present).every(same) && Object.keys(wanted).every(needed);
  } catch {
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function takeLock() {
  try {
    fs.accessSync(root, fs.constants.W_OK);
  } catch {
    throw new Problem(`cannot write to ${root}: the packages are installed there`);
  }
  fs.mkdirSync(path.dirname(ownLock), { recursive: true });
  for (;;) {
    try {
      fs.writeFileSync(ownLock, String(process.pid), { flag: 'wx' });
      return true;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    let holder;
    try {
      holder = Number(fs.readFileSync(ownLock, 'utf8'));
    } catch {
      continue;
    }
    // Written a moment after it was made, so it may be empty for an instant.
    if (holder > 0 && !isAlive(holder)) fs.rmSync(ownLock, { force: true });
    else return false;
  }
}

function install() {
  process.stderr.write('Installing packages; this takes half a minute the first time …\n');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--include=optional'];
  const [program, ...rest] =
    npm && /\.c?js$/.test(npm)
      ? [process.execPath, npm, ...args]
      : [process.platform === 'win32' ? 'npm.cmd' : 'npm', ...args];
  const done = spawnSync(program, rest, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: program === 'npm.cmd',
  });
  if (done.error) throw new Problem(`npm could not be run: ${done.error.message}`);
  if (done.signal) throw new Problem(`the installation was stopped (${done.signal})`);
  if (done.status !== 0) throw new Problem(`the packages could not be installed (npm ci ended with ${done.status})`);
}

function ensureInstalled() {
  while (!isInstalled() || fs.existsSync(ownLock)) {
    if (takeLock()) {
      try {
        if (!isInstalled()) install();
      } finally {
        fs.rmSync(ownLock, { force: true });
      }
      return;
    }
    // Another one installs: npm ci begins by removing what is there, so nothing can be used meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function ensureNode() {
  if (Number(process.versions.node.split('.')[0]) >= wantedMajor) return;
  const node = path.join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  let version = '';
  try {
    version = execFileSync(node, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      shell: process.platform === 'win32',
    }).trim();
  } catch {
    // Told below.
  }
  if (!version.startsWith(`v${wantedMajor}.`)) {
    throw new Problem(
      `Node ${wantedMajor} for ${process.platform}-${process.arch} was not installed (npm skips in silence what it cannot download): run "npm ci" again, or put Node ${wantedMajor} on the PATH`,
    );
  }
}

try {
  ensureInstalled();
  ensureNode();
} catch (error) {
  const reason = error instanceof Problem ? error.message : `the packages could not be installed: ${error.message}`;
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
}
