import { request } from './request.ts';

/** Opens a session by cookie. Throws `ApiError` with status 401 when address or password are wrong. */
export async function signIn(email: string, password: string): Promise<void> {
  await request('/api/auth/sign-in/email', { method: 'POST', body: { email, password } });
}

export async function signOut(): Promise<void> {
  await request('/api/auth/sign-out', { method: 'POST', body: {} });
}
