// Uses the carrier's official client library against the simulated carrier: what the library can't
// create, read, page through or end, the simulation has wrong.
// From the environment: CARRIER_URL, ACCOUNT_SID, AUTH_TOKEN, ANSWER_URL, and a captured callback as
// CALLBACK_URL, CALLBACK_BODY, CALLBACK_SIGNATURE. Exit code 0: all is as it should be.
"use strict";
const assert = require("node:assert/strict");
const twilio = require("twilio");

const { CARRIER_URL, ACCOUNT_SID, AUTH_TOKEN, ANSWER_URL } = process.env;

/** The library's own HTTP client, sent to the simulated carrier instead of api.twilio.com. */
class ClientOnThisMachine extends twilio.RequestClient {
  request(options) {
    const uri = new URL(options.uri);
    assert.equal(uri.hostname, "api.twilio.com");
    return super.request({ ...options, uri: CARRIER_URL + uri.pathname + uri.search });
  }
}

function clientWith(token) {
  return twilio(ACCOUNT_SID, token, { httpClient: new ClientOnThisMachine() });
}

async function rejectionOf(promise) {
  return promise.then(
    () => assert.fail("was not refused"),
    (error) => error,
  );
}

async function createsFetchesAndEnds(client) {
  const created = await client.calls.create({
    to: "+972541234567",
    from: "+97231234567",
    url: ANSWER_URL,
    statusCallback: ANSWER_URL + "#rc=5&rp=all",
    statusCallbackEvent: ["initiated", "ringing", "answered", "completed"],
    timeout: 30,
  });
  assert.match(created.sid, /^CA[0-9a-f]{32}$/);
  assert.equal(created.status, "queued");
  assert.equal(created.direction, "outbound-api");
  assert.equal(created.accountSid, ACCOUNT_SID);
  assert.equal(created.duration, null);
  assert.equal(created.queueTime, "0");
  assert.ok(Math.abs(created.dateCreated - Date.now()) < 86_400_000);

  const fetched = await client.calls(created.sid).fetch();
  assert.equal(fetched.sid, created.sid);
  assert.equal(fetched.to, "+972541234567");

  const canceled = await client.calls(created.sid).update({ status: "canceled" });
  assert.equal(canceled.status, "canceled");
  assert.ok(canceled.endTime instanceof Date);
  const tooLate = await rejectionOf(client.calls(created.sid).update({ status: "completed" }));
  assert.equal(tooLate.code, 21220);

  assert.equal(await client.calls(created.sid).remove(), true);
  const gone = await rejectionOf(client.calls(created.sid).fetch());
  assert.equal(gone.status, 404);
  assert.equal(gone.code, 20404);
}

async function listsPageByPage(client) {
  const made = new Set();
  for (let i = 0; i < 7; ++i) {
    const call = await client.calls.create({
      to: `+97254765432${i}`,
      from: "+97237654321",
      twiml: new twilio.twiml.VoiceResponse().toString(),
    });
    made.add(call.sid);
  }
  const all = await client.calls.list({ from: "+97237654321", pageSize: 2 });
  assert.deepEqual(new Set(all.map((call) => call.sid)), made);
  assert.equal(all.length, 7);
  const three = await client.calls.list({ from: "+97237654321", pageSize: 2, limit: 3 });
  assert.equal(three.length, 3);
  const one = await client.calls.list({ from: "+97237654321", to: "+972547654323" });
  assert.equal(one.length, 1);
  const future = new Date(Date.now() + 2 * 86_400_000);
  assert.deepEqual(await client.calls.list({ startTimeAfter: future }), []);
}

async function toldOfErrors(client) {
  const wrong = { to: "+15005550001", from: "+97231234567", url: ANSWER_URL };
  const refused = await rejectionOf(client.calls.create(wrong));
  assert.equal(refused.code, 21217);
  assert.equal(refused.status, 400);
  assert.equal(refused.moreInfo, "https://www.twilio.com/docs/errors/21217");
  const stranger = await rejectionOf(clientWith("wrong").calls.list({ limit: 1 }));
  assert.equal(stranger.code, 20003);
  assert.equal(stranger.status, 401);
}

function signsAsTheLibraryChecks() {
  const { CALLBACK_URL, CALLBACK_BODY, CALLBACK_SIGNATURE } = process.env;
  const fields = Object.fromEntries(new URLSearchParams(CALLBACK_BODY));
  assert.ok(fields.CallSid);
  const fits = (token, changed) =>
    twilio.validateRequest(token, CALLBACK_SIGNATURE, CALLBACK_URL, { ...fields, ...changed });
  assert.equal(fits(AUTH_TOKEN, {}), true);
  assert.equal(fits(AUTH_TOKEN, { CallStatus: "busy" }), false);
  assert.equal(fits("wrong", {}), false);
}

async function main() {
  const client = clientWith(AUTH_TOKEN);
  await createsFetchesAndEnds(client);
  await listsPageByPage(client);
  await toldOfErrors(client);
  signsAsTheLibraryChecks();
  console.log("the official client library finds nothing wrong");
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
