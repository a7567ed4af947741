/**
 * Which edits are known to be committed, counted without looking into them.
 *
 * The server acknowledges "the first n data frames of this socket are committed". A data frame is a reply to the
 * server's state vector (SyncStep2: carries everything the server lacks) or a single Update. Counting starts again with
 * every socket, so an edit made while offline counts as committed once the *reply* of a later socket is.
 */

export type DataFrame = 'reply' | 'update';

export class AckLedger {
  #edits = 0;
  #committed = 0;
  #baseline = false;
  #sent = 0;
  #acked = 0;
  /** First reply that no refused frame came after; 0 while there is none. Acks prove nothing before it. */
  #anchor = 0;
  /** Where its pieces begin, if it has some. */
  #anchorFrom = 0;
  /** First piece of what is being sent in pieces, or 0. */
  #piecesFrom = 0;
  #refusedFrame = 0;
  /** For every frame on its way: how many edits existed when it was sent. */
  #inFlight: { frame: number; edits: number }[] = [];

  /** Number of edits made in this document so far by this page. */
  get edits(): number {
    return this.#edits;
  }

  /** Number of edits the server has committed, oldest first. */
  get committed(): number {
    return this.#committed;
  }

  /** Every edit is committed, and the server has confirmed at least once what this browser already had. */
  get settled(): boolean {
    return this.covers(this.#edits);
  }

  /** The server refused a frame of this socket, and nothing sent since has made up for it. */
  get refused(): boolean {
    return this.#refusedFrame > 0;
  }

  /** Whether the first `edits` edits are committed. */
  covers(edits: number): boolean {
    return this.#baseline && this.#committed >= edits;
  }

  /** An edit was made here, or came from this browser's own copy. */
  edited(): void {
    this.#edits += 1;
  }

  /** A fresh socket: the server counts from zero, and what was under way may be lost. */
  opened(): void {
    this.#sent = 0;
    this.#acked = 0;
    this.#anchor = 0;
    this.#piecesFrom = 0;
    this.#refusedFrame = 0;
    this.#inFlight = [];
  }

  /** A data frame left on the current socket. With `more` it is a piece, and what it is of is not whole before the last. */
  sent(kind: DataFrame, more = false): void {
    this.#sent += 1;
    const from = this.#piecesFrom || this.#sent;
    this.#piecesFrom = more ? from : 0;
    if (kind === 'reply' && this.#anchor === 0) [this.#anchor, this.#anchorFrom] = [this.#sent, from];
    const before = this.#inFlight.at(-1)?.edits ?? this.#committed;
    this.#inFlight.push({ frame: this.#sent, edits: more ? before : this.#edits });
  }

  /** The server committed the first `count` data frames. Numbers that cannot be true are ignored. */
  acked(count: number): void {
    if (!Number.isSafeInteger(count) || count <= this.#acked || count > this.#sent) return;
    this.#acked = count;
    let edits = 0;
    while (this.#inFlight[0] && this.#inFlight[0].frame <= count) edits = this.#inFlight.shift()!.edits;
    if (this.#anchor === 0 || this.#anchor > count) return;
    this.#committed = Math.max(this.#committed, edits);
    this.#baseline = true;
    this.#refusedFrame = 0;
  }

  /** The server will not commit this frame. Later updates build on it, so only a later reply can settle the account. */
  refusedAt(frame: number): void {
    if (!Number.isSafeInteger(frame) || frame < 1 || frame > this.#sent) return;
    this.#refusedFrame = Math.max(this.#refusedFrame, frame);
    if (this.#anchorFrom <= frame) this.#anchor = 0;
  }
}
