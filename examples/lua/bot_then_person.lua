-- Lets a bot talk with the caller until the bot sends {"transfer":"<extension>"}, then connects the caller to that
-- extension. In the dialplan: <action application="lua" data="bot_then_person.lua ws://127.0.0.1:9000"/>

local ENDPOINT = argv[1] or "ws://127.0.0.1:9000"
local TICK_MS = 100

-- The extension to transfer to, once the bot has named one. The second value is true when the stream has ended.
local function next_step(events)
  local event = events:pop()
  while event do
    if event:getHeader("Unique-ID") == session:get_uuid() then
      local extension = event:getHeader("Event-Subclass") == "mod_audio_stream::json"
        and event:getBody():match('"transfer"%s*:%s*"([%w_.-]+)"')
      if extension then return extension, false end
      if event:getHeader("Stream-Final") == "true" then return nil, true end
    end
    event = events:pop()
  end
  return nil, false
end

session:answer()  -- a stream needs the call's audio

local events = freeswitch.EventConsumer("CUSTOM", "mod_audio_stream::json")
events:bind("CUSTOM", "mod_audio_stream::disconnect")
events:bind("CUSTOM", "mod_audio_stream::error")
session:execute("audio_stream", "start playback=on hello=on barge-in=speech -- " .. ENDPOINT .. " mono 8k")

-- session:sleep() reads the caller's audio; a wait in events:pop(1) would stop the stream.
while session:ready() do
  session:sleep(TICK_MS)
  local extension, is_over = next_step(events)
  if extension then
    session:execute("audio_stream", "stop")
    session:transfer(extension, "XML", "default")
    return
  end
  if is_over then break end
end
