// Before the first paint: a dark room must not be lit up by a white page. A file of its own, since the policy allows no inline script.
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is closed in some private windows: the system's theme it is.
}
