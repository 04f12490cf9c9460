/** Small parts that several views share. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { facts } from './facts.ts';
import { duration, instant, isOpen, plain } from './format.ts';

/** Text of others: it stands by its own direction and is shown as it is. */
export const Foreign = ({ text }: { text: string }) => <bdi>{plain(text)}</bdi>;

/** What to do about an error: commands and attributes are between backquotes. */
export const Advice = ({ code }: { code: string }) => (
  <>
    {(facts.errors[code]?.advice ?? '')
      .split('`')
      .map((part, at) => (at % 2 === 0 ? part : <code key={at}>{part}</code>))}
  </>
);

export const Status = ({ status }: { status: string }) => (
  <span class={`status ${isOpen(status) ? 'open' : status}`}>{status}</span>
);

export const Instant = ({ iso }: { iso: string }) => <time dateTime={iso}>{instant(iso)}</time>;

/** How long a `detect_id` may still be used. */
export function timeLeft(
  { usable_until, detect_id }: { usable_until: string; detect_id?: string | undefined },
  now: number,
): string {
  if (detect_id === undefined) return '';
  const ms = Date.parse(usable_until) - now;
  return ms > 0 ? duration(ms) : 'expired';
}

export const Fault = ({ message }: { message: string | undefined }) =>
  message === undefined ? null : (
    <p class="fault" role="alert">
      <Foreign text={message} />
    </p>
  );

export function CopyButton({ text, children }: { text: string; children: ComponentChildren }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <span class="copy">
      <button type="button" disabled={text === ''} onClick={() => void copy()}>
        {children}
      </button>
      <span role="status">{isCopied ? 'Copied' : ''}</span>
    </span>
  );
}

interface AskProps {
  title: string;
  children: ComponentChildren;
  confirm: string;
  onAnswer: (isConfirmed: boolean) => void;
}

/** A question that must be answered first. */
export function Ask({ title, children, confirm, onAnswer }: AskProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="question" onClose={() => onAnswer(false)}>
      <h2 id="question">{title}</h2>
      {children}
      <p class="actions">
        <button type="button" class="danger" onClick={() => onAnswer(true)}>
          {confirm}
        </button>
        <button type="button" onClick={() => onAnswer(false)}>
          Keep
        </button>
      </p>
    </dialog>
  );
}
