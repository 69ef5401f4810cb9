import { MonitorIcon, MoonIcon, SunIcon } from 'lucide-react';
import { useState } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const key = 'theme';

/** The choice of this device; the system's until one was made. */
export function storedTheme(): Theme {
  const stored = localStorage.getItem(key);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

function applyTheme(theme: Theme): void {
  if (theme === 'system') {
    localStorage.removeItem(key);
    delete document.documentElement.dataset.theme;
    return;
  }
  localStorage.setItem(key, theme);
  document.documentElement.dataset.theme = theme;
}

const choices = [
  { theme: 'system', label: 'System', Icon: MonitorIcon },
  { theme: 'light', label: 'Light', Icon: SunIcon },
  { theme: 'dark', label: 'Dark', Icon: MoonIcon },
] as const;

export function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <fieldset className="flex gap-0.5 rounded-control border border-line p-0.5">
      <legend className="sr-only">Theme</legend>
      {choices.map((choice) => (
        <label
          key={choice.theme}
          title={`${choice.label} theme`}
          className="grid h-6 flex-1 cursor-pointer place-items-center rounded-tag px-2 text-ink-3 has-checked:bg-selected has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent max-desk:h-10"
        >
          <input
            type="radio"
            name="theme"
            value={choice.theme}
            checked={theme === choice.theme}
            onChange={() => {
              applyTheme(choice.theme);
              setTheme(choice.theme);
            }}
            className="sr-only"
          />
          <choice.Icon size={14} strokeWidth={1.75} aria-hidden="true" />
          <span className="sr-only">{choice.label} theme</span>
        </label>
      ))}
    </fieldset>
  );
}
