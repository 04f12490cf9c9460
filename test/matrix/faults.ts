/**
 * Every fault that can strike, what happens then, and the tests that prove it: by file below `test/`, without
 * `.test.ts`, and title. `docs/fault-matrix.md` is made of it by `npm run matrix`.
 */

/** A fault that is not ours has no test, and its outcome says why. */
export const notOurs = 'not ours: ';

/** By section, outcome and fault. */
export const faults: Record<string, Record<string, Record<string, readonly string[]>>> = {
  Provider: {
    unavailable: {
      'connection refused': [
        'unit/crun/client-answers › that nobody takes is refused',
        'local/scenarios › backs off from an outage, then gives up at the deadline',
      ],
      'connection reset': [
        'unit/crun/client-answers › resets the connection',
        'unit/crun/client-answers › that ends without a word is a value',
      ],
      'unknown host, DNS down': [
        'unit/crun/client-answers › to a name that does not exist is a fault of the DNS',
      ],
      'TLS handshake broken or endless': [
        'unit/crun/client-tls › that leaves during the handshake is unavailable',
        'unit/crun/client-limits › ends the call where TLS is never spoken',
      ],
      'another protocol or HTTP version': [
        'unit/crun/client-answers › speaks another protocol',
        'unit/crun/client-answers › that speaks an unknown version is a value',
        'unit/crun/client-answers › that turns to another protocol ends with the deadline',
      ],
      'two lengths, or length and chunks': [
        'unit/crun/client-answers › that has two lengths is a value',
        'unit/crun/client-answers › that has a length and chunks is a value',
      ],
      'headers over 16 KiB': ['unit/crun/client-answers › sends an endless header'],
      'HTML page with any HTTP status': [
        'unit/crun/client-answers › sends a page',
        'unit/crun/client-answers › sends a page of a proxy',
        'unit/crun/client-answers › is too slow for its gateway',
        'unit/crun/client-answers › sends a bare 404',
      ],
      'invalid JSON or UTF-8, empty body, byte order mark': [
        'unit/crun/client-answers › sends broken JSON',
        'unit/crun/client-answers › sends nothing',
        'unit/crun/client-answers › says what JSON has no word for',
        'unit/crun/client-answers › that sends a byte order mark is a value',
        'unit/crun/client-answers › that sends what is no UTF-8 is a value',
      ],
      '404 after `processing`': [
        'local/scenarios › does not believe that a task it has seen at work is unknown',
      ],
      '500, 502, 503, 504': [
        'unit/crun/client-answers › is overloaded',
        'local/scenarios › backs off from an outage, then gives up at the deadline',
      ],
      'HTTP 408': ['unit/crun/client-answers › waited too long for us'],
    },
    'denied, without sending the key': {
      'invalid certificate': [
        'unit/crun/client-tls › that signed itself hears nothing, and is refused',
        'unit/crun/client-tls › that has a certificate for another address hears nothing, and is refused',
        'unit/crun/client-tls › that has a certificate that ran out hears nothing, and is refused',
      ],
      'plain HTTP instead of TLS': [
        'unit/crun/client-tls › that speaks plain HTTP where TLS is due is refused',
      ],
      'redirect to any address or scheme': [
        'unit/crun/client › to "http://169.254.169.254/" is not followed either',
        'local/scenarios › follows no redirect',
      ],
    },
    'ends after 10 s and 50 MB at most': {
      'no response': ['unit/crun/client-limits › ends the call where nothing comes'],
      'dripping headers': ['unit/crun/client-limits › ends the call where the headers drip'],
      'dripping body': [
        'unit/crun/client-limits › ends the call where the body drips',
        'unit/crun/client-limits › counts from the call on, not from the last byte',
      ],
      'any of these without end': [
        'unit/poll/call-limits › outlasts no twelve seconds and grows by no 50 MB, whatever never ends',
      ],
      'body of 5 GB': [
        'unit/crun/client-limits › that a body of 5 GB costs is bounded',
        'unit/crun/client-limits › that a body of 5 GB costs is none where it says so itself',
      ],
    },
    'unavailable, but the HTTP status counts': {
      'body cut, wrong length, broken chunk': [
        'unit/crun/client-answers › that is reset inside a body is a value',
        'unit/crun/client-answers › that ends inside a body of known length is a value',
        'unit/crun/client-answers › that breaks the framing inside a body is a value',
        'unit/crun/client-answers › cuts the body',
      ],
    },
    'unavailable, read no further': {
      'body over 8 MiB': [
        'unit/crun/client-limits › of one byte more, sent in chunks, is too large',
        'unit/crun/client-limits › that says itself that it is too large is not waited for',
      ],
    },
    'unavailable, not decoded': {
      'gzip bomb': [
        'unit/crun/client-limits › that a body that grows a thousandfold when decoded costs is bounded',
        'unit/crun/client-answers › compresses unasked',
      ],
    },
    'unavailable, not parsed': {
      'millions of empty objects': [
        'unit/crun/client-limits › that millions of empty objects cost is bounded',
      ],
    },
    'the last key wins': {
      'duplicate keys, `__proto__`': [
        'unit/crun/client-answers › says a key twice, the good news last',
        'unit/crun/client-answers › reaches for the prototype',
      ],
    },
    violation: {
      'JSON in a wrong shape': [
        'unit/crun/client-answers › answers in another shape',
        'unit/crun/client-answers › leaves out the result',
        'local/scenarios › gives up on a provider that breaks its contract five times in a row',
      ],
      'an answer about another task': [
        'unit/crun/client-answers › tells of another task',
        "local/scenarios › uses nothing of an answer about somebody else's task",
        'unit/poll/promises › never stores what was said of another task, nor a part of what was said',
      ],
      'a number as id': ['unit/crun/client-answers › sends a number for an id'],
      'unknown code, 0, none': [
        'unit/crun/client-answers › says a code unheard of',
        'unit/crun/client-answers › says code 0',
        'unit/crun/client-answers › says no code',
      ],
    },
    dropped: {
      'undocumented fields': ['unit/crun/client-answers › says more than documented'],
    },
    pending: {
      'unknown status': [
        'local/scenarios › waits on an unknown status until the deadline',
        'unit/poll/invocation › is waited out like pending, and does not count as processing',
      ],
      '`starting` after `processing`': [
        'local/scenarios › polls on where processing turns back into starting',
      ],
      '404 in the first minute': ['local/scenarios › waits for a task that the provider does not know yet'],
    },
    accepted: {
      'another spelling of a status': ['unit/crun/client-answers › spells it otherwise'],
      '`succeeded` without faces': ['local/scenarios › takes zero faces for an answer'],
    },
    'stored in order, in pages': {
      'ten thousand faces': [
        'local/scenarios › keeps ten thousand faces in order',
        'unit/crun/client-answers › sends ten thousand faces, and they are all there in order',
        'local/load › records ten thousand faces of an eight-megabyte answer in less than 256 MB',
      ],
    },
    'the first final answer stands': {
      '`processing` after `succeeded`': [
        'unit/poll/faults › answers with that record when it reports progress',
      ],
      'contradictory answers': [
        'unit/poll/faults › settle once, also where the provider tells them something else, and answer alike',
      ],
    },
    'the more severe stands': {
      'HTTP status and body code differ': [
        'unit/crun/client-answers › throttles over HTTP 200',
        'unit/crun/client-answers › throttles over an HTTP status of 503',
        'unit/crun/client-answers › refuses the key over HTTP 200',
      ],
    },
    'one call with the key read again, then `UNAUTHORIZED`': {
      '401, key rejected': [
        'local/scenarios › goes on when the key is refused once',
        'local/scenarios › gives up when the key is refused twice',
      ],
      '403, key disabled': ['local/scenarios › gives up when the key is disabled'],
    },
    'on hold until the deadline': {
      '402, no credits': [
        'unit/crun/client-answers › has no credits left',
        'local/scenarios › waits long for credits, then gives up at the deadline',
      ],
      '455, maintenance for hours': ['local/scenarios › waits a maintenance out'],
    },
    failed: {
      '404 later': ['local/scenarios › believes that a task is unknown after a minute of asking'],
      'code 422': ['local/scenarios › takes code 422 for an invalid task at the first call'],
    },
    throttled: {
      '429 without a hint': ['local/scenarios › slows down by itself where it is throttled without a hint'],
    },
    'slows all tasks of the key': {
      '429 for one of many tasks': [
        'unit/poll/acquire-slot › to one task holds for all of the key: 429 with a hint',
        'unit/rate-limit/limiter › by many processes at once cuts the rate once',
      ],
    },
    'throttled until the hint ends': {
      '429 with a hint': [
        'local/scenarios › makes no call before a Retry-After is over',
        'local/scenarios › honours a Retry-After that comes with HTTP 200',
      ],
    },
    ignored: {
      'an invalid hint': [
        'unit/crun/client-answers › is none where it says 0x10',
        'unit/crun/client-answers › is none where it says 30, 60',
        'unit/crun/client-answers › is none where it says 99999999999999999999',
      ],
    },
    'cut at 15 minutes or ignored': {
      'a hint of years, or a past date': [
        'unit/crun/client-answers › is taken for what it is, and never for more than a quarter of an hour: a date next year',
        'unit/crun/client-answers › is taken for what it is, and never for more than a quarter of an hour: a date that is over',
      ],
    },
    'failed, or unavailable without an envelope': {
      'code 501': [
        'local/scenarios › takes code 501 for a failed generation at the first call',
        'local/scenarios › comes through everything that a network can do to an answer',
      ],
    },
    denied: {
      'code 505': ['local/scenarios › gives up at once when the feature is disabled'],
      '400, 410, 451, other 4xx': [
        'unit/crun/client-answers › finds the request bad',
        'unit/crun/client-answers › is gone',
        'unit/crun/client-answers › is forbidden by law',
      ],
    },
    '`UNAUTHORIZED` without a call': {
      'no key, or an unprintable one': [
        'unit/poll/key › that is not there at first is not asked with',
        'unit/api-key/stores › whose secret cannot stand in a header has no key',
      ],
    },
    'removed everywhere': {
      'the provider repeats the key or a link': [
        'unit/poll/key › does not come into the record where the provider repeats it',
        'unit/poll/key › makes an answer unusable that repeats it as the id of the result',
        'unit/crun/task › with a link for an id is refused as a whole',
        'local/silence › holds no key, no link and nobody’s words, and names the task on each line',
      ],
    },
    'one encoded query value': {
      'a path or query as task id': [
        'unit/crun/client › carries any id only as one encoded value of its query',
        'local/scenarios › refuses an input with a path for a task id, and writes nothing',
      ],
    },
    'opened again': {
      'stale connection of a frozen sandbox': [
        'unit/crun/client › is opened anew where the provider closed it in between',
      ],
    },
    'the answer is recorded': {
      'all of these, one after another': [
        'local/scenarios › comes through everything that a network can do to an answer',
      ],
      'our clock is set': [
        'unit/poll/clock-jumps › forward by five minutes costs nobody the answer',
        'unit/poll/clock-jumps › back by five minutes costs nobody the answer',
        'unit/poll/clock-jumps › forward beyond the deadline ends the task without a further call',
        'unit/poll/clock-jumps › back to before the task began ends it by the deadline all the same, asked twice a second at the most',
      ],
    },
    'final by the deadline': {
      'the provider never answers': [
        'unit/poll/promises › is final by its deadline, and no call starts or lasts longer, whatever the provider does',
      ],
    },
    'not ours: links are never fetched': {
      'dead, slow or hostile face links': [],
    },
  },
  'Lambda and Step Functions': {
    'two retries': {
      'an invocation times out (`Sandbox.Timedout`)': [
        'local/failing-invocations › that times out as often as it is tried again costs nobody the answer',
        'local/failing-invocations › that times out once more than that is recorded as lost, by the workflow itself',
      ],
      'out of memory (`Runtime.ExitError`, `Lambda.Unknown`)': [
        'local/failing-invocations › that dies for want of memory as often as it is tried again costs nobody the answer',
        'local/failing-invocations › that is said to be unknown once more than that is recorded as lost, by the workflow itself',
      ],
    },
    'thirty retries': {
      'throttled (`Lambda.TooManyRequestsException`)': [
        'local/failing-invocations › that is throttled as often as it is tried again costs nobody the answer',
        'local/failing-invocations › that is throttled once more than that is recorded as lost, by the workflow itself',
      ],
    },
    'eight retries': {
      'the Lambda service fails': [
        'local/failing-invocations › that the service loses as often as it is tried again costs nobody the answer',
        'local/failing-invocations › that the connection to Lambda loses as often as it is tried again costs nobody the answer',
      ],
    },
    'three retries': {
      "AWS fault beyond the SDK's retries": [
        'local/failing-invocations › that meets a fault of ours as often as it is tried again costs nobody the answer',
      ],
    },
    '`EXECUTION_LOST`': {
      'our bug in every invocation': [
        'local/faults › records that its own part was lost when every invocation fails, and leaves it due',
      ],
    },
    'fails at once': {
      'a bad deployment': [
        'infra/failing-parts › gives up on Error after attempt 4',
        'unit/records/database-faults › that has no such table is thrown at once',
      ],
    },
    'no call after the deadline': {
      'a slow cold start or key': [
        'unit/poll/key › that is long in coming is not asked with after the deadline',
        'unit/poll/key › that is refused at the last moment is not tried afresh after the deadline',
      ],
    },
    'the invocation ends 15 s before its timeout': {
      'little time left': [
        'unit/poll/invocation › that will be stopped in 17 seconds leaves time for its last call and writes',
      ],
    },
    'one final record': {
      'the same poll invoked twice': [
        'local/failing-invocations › that is made twice at once ends as one, with one record',
        'unit/poll/faults › settle once, also where the provider tells them the same, and answer alike',
      ],
    },
    'the record is returned without a call': {
      'a crash between write and response': [
        'local/failing-invocations › that dies behind its last write is made good by the next, without a further call',
        'unit/poll/faults › changes nothing: dead-after, of a task that succeeds with pages',
      ],
      'a redrive, or a late execution': [
        'unit/poll/invocation › answers with a record that is succeeded already, and calls nobody',
        'local/rivals › answers a later execution from the record, without a call',
      ],
    },
    retried: {
      'a crash before the write': [
        'unit/poll/faults › changes nothing: dead-before, of a task that succeeds',
        'local/faults › reaches the same record wherever a call to the database is dead-before',
      ],
    },
    'may settle, never abandons': {
      'a late invocation': ['unit/poll/faults › still settles what it was told, but abandons nothing'],
    },
    'the workflow fails, the record stands': {
      'lost after its answer was recorded': [
        'local/failing-invocations › that is lost after the answer was recorded leaves the answer as it is',
      ],
    },
    '`Record abandonment`': {
      'an unknown result': [
        'local/failing-invocations › that answers in words that nobody knows is taken for lost',
        'local/failing-invocations › that answers without a next is taken for lost',
      ],
    },
    'recovered by the sweep': {
      'a path that leads nowhere (`States.Runtime`)': [
        'local/failing-invocations › that answers with nothing fails the execution, and leaves the record due for the sweep',
        'unit/sweep/sweep › takes up with the next attempt what failed or timed out, under the old deadline',
      ],
      'the execution times out': [
        'unit/sweep/sweep › takes up with the next attempt what failed or timed out, under the old deadline',
        'unit/sweep/sweep › ends as lost what has no answer by its deadline, where its execution is ended',
      ],
      'the next segment never starts': [
        'unit/poll/continuation › goes on when the leg that the record waits for was never started',
      ],
    },
    'one record, one execution': {
      'many starts at once': ['unit/control/service › of 200 at a time makes one record and one execution'],
    },
    'a conflict that names the field': {
      'a start with other parameters': [
        'unit/control/service › again with another media_url is a conflict that names it',
      ],
    },
    'the next attempt, under the old deadline': {
      'a name used up by a closed execution': [
        'unit/control/service › goes on to the next attempt where a name is used up, as often as it takes, by the same deadline',
        'unit/control/service › of 50 at a time over a used-up name makes one next attempt',
      ],
    },
    'healed by the next start or the sweep': {
      'a crash between head and execution': [
        'unit/control/service › has the record before the execution, so that a crash between is healed by asking again',
        'unit/sweep/sweep › starts the execution that a crash kept from ever starting, under its own name',
      ],
    },
    'one polls, the others return its record': {
      'concurrent executions under any name': [
        'local/rivals › polls no more under five names than under one, and all answer the same',
        'unit/poll/claim › are answered alike, and one polls at a time, the next only where it was not heard of',
      ],
      'two Express executions of one name': [
        'unit/poll/continuation › is polled by one of several executions of a name, whichever leg is started again',
      ],
    },
    'taken over after the lease': {
      'the lease holder is gone': [
        'unit/poll/claim › takes over exactly once when two race for it',
        'local/rivals › takes over from an owner that is not heard of in time, within the deadline',
      ],
    },
    '503; repeating it heals': {
      'StartExecution throttled, or a million open': [
        'unit/api/faults › is told without a word of its own, too many executions, with advice where it may pass',
      ],
    },
    '`CANCELLED`, by the sweep': {
      'the execution is stopped': [
        'unit/sweep/sweep › ends a record as cancelled whose execution somebody stopped',
      ],
    },
    'ended after its deadline': {
      'an execution whose state is unknown': [
        'unit/sweep/sweep › ends a record past its deadline also where nobody can say what became of its execution',
      ],
    },
    'at most ten a second': {
      'DescribeExecution throttled': ['unit/sweep/sweep › asks after ten executions a second at the most'],
    },
    'never reached': {
      'more than 25,000 history events': [
        'local/failing-invocations › fits into the history of one execution, with room for a redrive',
      ],
      'more than 256 KiB of state': [
        'unit/poll/promises › is small, also with 300 faces',
        'local/scenarios › keeps ten thousand faces in order',
      ],
    },
    'newer code reads released states': {
      'a deployment while executions run': [
        'unit/poll/state › is gone on from: a fifth violation in a row ends the polling',
        'deploy/update › brings running executions through an update, and new ones get its settings',
      ],
    },
    '`Refused`; nothing is written': {
      'invalid input': [
        'local/scenarios › refuses an input without a task id, and writes nothing',
        'local/scenarios › refuses an input that looks like a state half carried, and writes nothing',
      ],
    },
    'the next process resumes its tasks': {
      'the process is killed (one machine)': [
        'local/processes › loses nothing to a kill in the middle of 200 tasks, and polls none that was final',
        'local/processes › takes up what a killed process left behind while it polls a task of its own',
      ],
    },
    'continued by its successor': {
      'an Express execution nears five minutes': [
        'unit/poll/continuation › goes on over executions of less than five minutes, and counts all of them',
        'unit/poll/continuation › waits through a hold longer than a leg without a call',
      ],
    },
    'ends at its next invocation': {
      'an Express execution cannot be stopped': [
        'unit/poll/continuation › ends with the next invocation once it is cancelled, because nobody can stop it',
      ],
    },
    'not ours: nothing depends on them': {
      'lost status events': [],
    },
    'not ours: harmless': {
      'late or repeated timers': [],
    },
  },
  'DynamoDB and secrets': {
    'retried, counted once': {
      'throttled once': [
        'unit/records/lost-acknowledgement › is sent again and counts once',
        'unit/records/database-faults › that throttles is asked again',
        'local/faults › reaches the same record wherever a call to the database is throttled',
      ],
    },
    'retried by the workflow': {
      "throttled beyond the SDK's retries": [
        'unit/records/lost-acknowledgement › is thrown where that does not pass, for the workflow to try again',
        'unit/api/faults › is the same where the table throttles beyond the retries',
      ],
      'a hot partition': [
        'unit/records/database-faults › that throttles a hot partition is asked again',
        'unit/records/store › spread the records over as many partitions as are asked for, the same for status and due',
      ],
      'connection refused': ['unit/records/database-faults › that nobody serves is thrown'],
      'secret store down, no cached key': [
        'unit/api-key/stores › that nobody serves is thrown, and asked afresh the next time',
      ],
    },
    'retried, then thrown': {
      'HTTP 500 or 503': [
        'unit/records/database-faults › that fails by itself is asked again',
        'unit/records/database-faults › that is not there for a moment is asked again',
        'unit/records/database-faults › that goes on failing is thrown by its name, for the workflow to try again',
      ],
    },
    'retried after 5 s': {
      'no response': ['unit/records/database-faults › that never answers is given up, not waited for'],
      'secret store silent': [
        'unit/api-key/stores › that never answers is given up in the time of three tries',
      ],
    },
    thrown: {
      'table missing or forbidden': [
        'unit/records/database-faults › that has no such table is thrown at once',
        'unit/records/database-faults › that may not be read is thrown at once',
        'unit/records/database-faults › that has no such table says so itself',
      ],
      'secret forbidden': ['unit/api-key/stores › that may not be read throws, without a word of the key'],
    },
    'read back and recognized': {
      'lost acknowledgement of a write': [
        'unit/records/lost-acknowledgement › of a success makes it look lost, and reading it back shows that it is there',
        'unit/records/lost-acknowledgement › of a final write over pages is recognised, and deletes none of them',
        'local/faults › reaches the same record wherever a call to the database is lost-ack',
      ],
    },
    'read back and returned': {
      'a lost condition': [
        'unit/records/store › is won by the first of twenty at a time, whoever owns the record, and never changed by the others',
        'unit/poll/faults › answers with that record when it settles',
      ],
    },
    'not ours: there are none': {
      'a cancelled transaction': [],
      'a partial batch': [],
    },
    'faces go to pages of some 300 KB': {
      'an item over 400 KB': [
        'unit/records/faces › of the longest links that are taken still fit an item each',
        'unit/records/faces › come back in order, 10,000 of them with links of 800 bytes, in items that DynamoDB takes',
      ],
    },
    'orphaned pages are deleted': {
      'a crash between two pages': [
        'unit/records/faces › before the final write leaves a reference by which they are found',
        'unit/sweep/sweep › deletes the pages of an invocation that died, once the record is final and no invocation can be alive',
      ],
      'concurrent page writers': [
        'unit/records/faces › leave exactly one set of them and no orphan: each loser deletes its own',
      ],
    },
    'the read fails': {
      'a missing page': ['unit/records/query › fails rather than give some of the faces'],
    },
    'absent to readers': {
      'expired but not deleted': [
        'unit/records/query › gives nothing of what has expired',
        'unit/records/query › leaves out what has expired, and goes on behind it',
        'unit/records/store › treats an expired record as absent, and removes its pages',
      ],
    },
    'nothing comes back': {
      'forgotten during an invocation': [
        'unit/records/forget › at the same time leaves no page, whoever is first (1)',
        'unit/records/forget › lets no invocation write on: its owner and its settlers lose',
        'unit/poll/invocation › ends where its record has gone, and brings nothing back',
      ],
    },
    'finished by the sweep': {
      'a crash while forgetting': [
        'unit/records/forget › that dies after it deleted a page is taken up by asking again',
        'unit/sweep/sweep › finishes the forgetting that a crash cut short',
      ],
    },
    'rejected by name': {
      'foreign or broken items': [
        'unit/records/head › comes back as it was stored, whatever metadata are taken',
        'local/table › is refused where an earlier version made it in another shape',
      ],
    },
    'read again': {
      'a rotated key': [
        'unit/poll/key › is read afresh and tried once more where it is refused: it may have been rotated',
      ],
    },
    '`UNAUTHORIZED` without a call': {
      'secret missing, empty or unprintable': [
        'unit/api-key/stores › whose secret is not there has no key',
        'unit/api-key/stores › whose secret is blank has no key',
        'unit/api-key/stores › whose secret cannot stand in a header has no key',
      ],
      'no such parameter': ['unit/api-key/stores › has none'],
    },
    ignored: {
      'a newline after the secret': [
        'unit/api-key/stores › whose secret ends in a newline has the key without it',
      ],
    },
    'the last key serves for an hour': {
      'secret store throttled or failing': [
        'unit/api-key/stores › that throttles or fails once is asked again',
        'unit/api-key/stores › that goes on throttling serves the key it gave, for an hour, then throws',
      ],
    },
    'the next call of any process takes over': {
      "the embedded database's server dies": [
        'local/processes › takes the database over while it is used when its owner dies',
      ],
    },
    'cannot open the socket': {
      'another user of the machine': ['local/processes › lets nobody else of this machine at the database'],
    },
    'each process continues slowly': {
      "rate limit's item unreachable": [
        'unit/rate-limit/limiter › lets each process go on slowly by itself, and says so',
        'unit/rate-limit/limiter › does not let a task end for our own fault: the last slot of use is taken',
      ],
    },
    'at most one slot is lost': {
      'lost acknowledgement of a reservation': [
        'unit/rate-limit/limiter › whose acknowledgement is lost loses a slot at the most',
        'unit/rate-limit/limiter › whose acknowledgement is lost brakes once',
      ],
      'a crash after a reservation': [
        'unit/poll/acquire-slot › books another slot for one that was slept through',
        'unit/rate-limit/limiter › is over when it was slept through, so that late ones do not call all at once',
      ],
    },
    'one slot each': {
      '500 reservations at once': [
        'unit/rate-limit/limiter › of 500 processes at once is never the same: one interval apart, and no later than it must be',
      ],
    },
    'not ours: nothing is archived': {
      S3: [],
    },
  },
  'Events and webhook': {
    'the sweep publishes': {
      'event bus down': [
        'unit/notify/publish › of an invocation costs nobody the answer where the event bus is down, and leaves the record due',
        'unit/sweep/publishing › leaves to the next round what the event bus does not take',
      ],
      'the bus accepts the call, not the event': [
        'unit/notify/publish › that takes the call but not the event has not been told',
        'unit/sweep/publishing › goes on with executions where the event bus is down for good',
      ],
      'an unpublished final record': [
        'unit/sweep/publishing › tells of, and measures, what the workflow itself recorded as abandoned',
        'unit/sweep/publishing › tells of a cancelled task within the next round',
      ],
    },
    'delivered once': {
      'event lost or repeated': [
        'unit/sweep/publishing › has a webhook delivered that is due, and only then',
        'unit/notify/webhook/deliver › is done once where ten are at it at a time',
      ],
      'event ahead of its write': [
        'unit/notify/webhook/deliver › may come before the write that follows the event',
      ],
      'many deliver at once': ['unit/notify/webhook/deliver › is done once where ten are at it at a time'],
    },
    'fails after 15 s': {
      'slow receiver': [
        'unit/notify/webhook/send › is a receiver that answers nothing, by the deadline of the whole attempt',
        'unit/notify/webhook/send › is a receiver that drips, by the deadline of the whole attempt',
      ],
      'endless handshake or lookup': [
        'unit/notify/webhook/send › is a handshake that never ends',
        'unit/notify/webhook/send › is a look-up that never ends',
      ],
    },
    'one kilobyte is read': {
      'endless response': ['unit/notify/webhook/send › without end is read for a kilobyte'],
    },
    delivered: {
      '2xx': [
        'unit/notify/webhook/send › of 201 is told as it is',
        'unit/notify/webhook/deliver › pushes a final record once, and says so on it',
      ],
    },
    'not followed, retried': {
      '3xx': [
        'unit/notify/webhook/hostile › with 302 to where clouds keep credentials, or to this machine, is not followed',
      ],
    },
    'rejected for good': {
      'a 410': [
        'unit/notify/webhook/deliver › stops for good at 410, and at a URL that the rule does not allow any more',
      ],
    },
    'retried after at most 15 minutes more': {
      '429 or 503 with `Retry-After`': [
        'unit/notify/webhook/send › may ask for a wait: 120',
        'unit/notify/webhook/send › may ask for a wait: 86400',
      ],
    },
    'retried, then exhausted': {
      '5xx, reset, no HTTP': [
        'local/webhooks › are each delivered, or exhausted by the schedule: verified, under one id, in the same bytes',
        'unit/notify/webhook/deliver › goes on by the schedule until it is exhausted, with the same bytes under the same id',
        'unit/notify/webhook/send › is a receiver that leaves before it answers',
      ],
      'connection refused, unknown host': [
        'unit/notify/webhook/send › is a port where nobody listens',
        'unit/notify/webhook/send › is a host that is not known',
      ],
    },
    'sent again unchanged': {
      'lost acknowledgement, or a crash before it is stored': [
        'unit/notify/webhook/deliver › survives a death after it was sent: it is sent again, the same',
      ],
      'a crash before sending': [
        'unit/notify/webhook/deliver › survives a death before it is sent: it is sent again, the same',
      ],
    },
    'retried, nothing is sent': {
      'wrong certificate': [
        'unit/notify/webhook/send › is a certificate that nobody trusts',
        'unit/notify/webhook/send › is a certificate that names another host',
        'unit/notify/webhook/send › stays one, though the environment would let any certificate pass',
      ],
    },
    'blocked at start and at sending': {
      'disallowed URL': [
        'unit/notify/webhook/hostile › reach no listener',
        'local/scenarios › refuses an input with a callback that is not https, and writes nothing',
        'local/notifier › is refused where nobody allows it, or where it is not https',
      ],
    },
    'blocked before a connection': {
      'non-public address in any form': [
        'unit/notify/webhook/hostile › reach no listener',
        'local/scenarios › refuses an input with a callback of this very machine, and writes nothing',
      ],
    },
    'only the checked address is connected to': {
      'DNS rebinding': [
        'unit/notify/webhook/hostile › is not asked again between the check and the connection',
        'unit/notify/webhook/hostile › is left before a byte is sent where the connection leads elsewhere',
        'unit/notify/webhook/hostile › is refused at the next attempt, though the last one went well',
      ],
    },
    'two signatures, either verifies': {
      'rotated secret': [
        'unit/notify/webhook/send › is verified at the other end while the secret is rotated, by who has the new one',
        'unit/notify/webhook/send › is verified at the other end while the secret is rotated, by who has the old one',
      ],
    },
    'no attempt is counted': {
      'unreadable secret': ['unit/notify/webhook/deliver › counts no attempt that could not be signed'],
    },
    'only their number is sent': {
      'over a hundred faces': [
        'unit/notify/webhook/deliver › has up to a hundred faces in it, joined from their pages, and beyond that their number',
      ],
    },
    superseded: {
      'retried during delivery': [
        'unit/notify/webhook/deliver › of an abandoned record ends as superseded when that is taken up again; what comes of it is told',
        'unit/notify/webhook/deliver › writes nothing where the record was taken up again while it was under way',
      ],
    },
    'not ours: receivers must drop known ids': {
      'receiver gets it twice': [],
    },
    'not ours: order is not promised': {
      'events out of order': [],
    },
  },
};
