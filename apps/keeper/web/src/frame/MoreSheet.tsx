import { useQuery } from '@tanstack/react-query';
import { Button } from '@tillkeeper/ui/Button';
import { Modal } from '@tillkeeper/ui/Modal';
import { ThemeSwitch } from '@tillkeeper/ui/Theme';
import { meQuery } from '../api/queries.ts';
import { useOverlays } from './overlays.ts';
import { useSignOut } from './signOut.ts';

/** What has no room on a phone's screen: search, theme, and the way out. */
export function MoreSheet({ onClose }: { onClose(): void }) {
  const { data: me } = useQuery(meQuery);
  const { openPalette } = useOverlays();
  const leave = useSignOut();
  return (
    <Modal place="centre" title={me?.name ?? 'More'} onClose={onClose}>
      <div className="grid gap-3 px-4.5 pt-4 pb-4.5">
        <Button
          onClick={() => {
            onClose();
            openPalette();
          }}
        >
          Search or paste any id
        </Button>
        <ThemeSwitch />
        <Button onClick={leave}>Sign out</Button>
        <Button tone="quiet" onClick={onClose}>
          Close
        </Button>
      </div>
    </Modal>
  );
}
