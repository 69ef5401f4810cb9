import { AppError } from '@tillkeeper/platform/errors';
import { Errors } from 'typebox/value';
import { inTransaction, type KeeperContext } from '../context.ts';
import { recordAudit } from '../operators/audit.ts';
import { authorize } from '../operators/permissions.ts';
import { type TemplateName, type TemplateVariables, templates } from './templates.ts';

export interface NewMessage<Name extends TemplateName = TemplateName> {
  readonly organizationId: string;
  readonly template: Name;
  readonly recipient: { readonly email: string; readonly name: string };
  /** What caused it, for ever: the same cause that fires again finds its mail and sends no second one. */
  readonly occurrenceKey: string;
  readonly incidentId?: string;
  readonly variables: TemplateVariables<Name>;
  readonly dueAt?: Temporal.Instant;
  /** Later than this the mail is no longer true and is skipped. */
  readonly notAfter?: Temporal.Instant;
}

const address = /^[^\s@<>,;]+@[^\s@<>,;]+$/;

/** Plans a mail, in the caller's transaction. Throws `invalid_input` naming each variable that does not fit the template. */
export async function enqueueMessage<Name extends TemplateName>(
  ctx: KeeperContext,
  input: NewMessage<Name>,
): Promise<{ messageId: string; already: boolean }> {
  authorize(ctx, 'messages.enqueue');
  if (!address.test(input.recipient.email)) {
    throw new AppError('invalid_input', 'the recipient is no mail address', { recipient: input.recipient.email });
  }
  const definition = templates[input.template];
  const problems = Errors(definition.variables, input.variables).map(
    (error) => `${error.instancePath || '/'} ${error.message}`,
  );
  if (problems.length > 0)
    throw new AppError('invalid_input', `variables of ${input.template}: ${problems.join('; ')}`, { problems });

  return inTransaction(ctx, async (tx) => {
    const [made] = await tx.keeper.query<{ id: string }>(
      `insert into messages (organization_id, template, recipient, recipient_name, occurrence_key, class, incident_id, variables, due_at, not_after, created_at)
       values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::uuid, $8::jsonb, $9::timestamptz, $10::timestamptz, $11::timestamptz)
       on conflict (occurrence_key) do nothing
       returning id`,
      [
        input.organizationId,
        input.template,
        input.recipient.email.toLowerCase(),
        input.recipient.name,
        input.occurrenceKey,
        definition.class,
        input.incidentId ?? null,
        JSON.stringify(input.variables),
        (input.dueAt ?? tx.clock.now()).toString(),
        input.notAfter?.toString() ?? null,
        tx.clock.now().toString(),
      ],
    );
    if (made !== undefined) {
      await recordAudit(tx, {
        action: 'message.enqueue',
        subjectId: made.id,
        organizationId: input.organizationId,
        details: { template: input.template, occurrenceKey: input.occurrenceKey },
      });
      return { messageId: made.id, already: false };
    }
    const [known] = await tx.keeper.query<{ id: string }>('select id from messages where occurrence_key = $1::text', [
      input.occurrenceKey,
    ]);
    if (known === undefined)
      throw new AppError('conflict', 'this mail is being planned elsewhere; try again', {
        occurrenceKey: input.occurrenceKey,
      });
    return { messageId: known.id, already: true };
  });
}
