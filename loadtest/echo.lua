-- SPDX-License-Identifier: MIT
-- wrk script: posts a JSON document of exactly 1024 bytes.
local head, tail = '{"name":"echo","text":"', '"}'

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = head .. string.rep("x", 1024 - #head - #tail) .. tail
