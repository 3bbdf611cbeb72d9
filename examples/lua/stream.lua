-- Answers, streams the caller's voice to a WebSocket endpoint and logs the server's texts.
-- In the dialplan: <action application="lua" data="stream.lua"/>

local ENDPOINT = "ws://127.0.0.1:9000"
local TICK_MS = 100

local function is_of_this_call(event)
  return event:getHeader("Unique-ID") == session:get_uuid()
end

-- Logs the events that have arrived. Returns true when the stream is over.
local function handle(events)
  local event = events:pop()
  while event do
    if is_of_this_call(event) then
      local name = event:getHeader("Event-Subclass")
      freeswitch.consoleLog("info", name .. " " .. event:getBody() .. "\n")
      if event:getHeader("Stream-Final") == "true" then return true end
    end
    event = events:pop()
  end
  return false
end

session:answer()  -- a stream needs the call's audio

local events = freeswitch.EventConsumer("CUSTOM", "mod_audio_stream::json")
events:bind("CUSTOM", "mod_audio_stream::connect")
events:bind("CUSTOM", "mod_audio_stream::disconnect")
events:bind("CUSTOM", "mod_audio_stream::error")

local caller = session:getVariable("caller_id_number")
session:execute("audio_stream", string.format('start %s mono 8k {"caller":"%s"}', ENDPOINT, caller))

-- session:sleep() reads the caller's audio; a wait in events:pop(1) would stop the stream.
while session:ready() do
  session:sleep(TICK_MS)
  if handle(events) then break end
end
