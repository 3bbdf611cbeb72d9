"""Which type of which vendor's package each dialect's messages have."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Misfit:
    """A message that the vendor's type refuses, and why it is right nevertheless."""
    has: str  # a piece of the message's JSON
    reason: str


@dataclass(frozen=True)
class Contract:
    package: str
    # The type of what we send. Given a message, the part of it that the package has a type of, and that type; or None.
    client: str | Callable[[dict], tuple[str, object] | None] | None = None
    server: str | Callable[[dict], tuple[str, object] | None] | None = None  # likewise, of what the server sends
    camel_case: bool = False  # the package writes input_audio_format as inputAudioFormat
    names: dict[str, str] = field(default_factory=dict)  # those that it writes in another way
    open: tuple[str, ...] = ()  # paths below which the vendor allows any member
    misfits: tuple[Misfit, ...] = field(default=())


def of(module: str, *names: str) -> str:
    return " | ".join(f"import('{module}').{name}" for name in names)


def realtime(module: str) -> Contract:
    return Contract("openai", of(module, "RealtimeClientEvent"), of(module, "RealtimeServerEvent"))


def azure_server(message: dict) -> tuple[str, object] | None:
    # The package decodes the base64 of a delta.
    heard = {name: value for name, value in message.items() if message["type"] != "response.audio.delta" or name != "delta"}
    return of("@azure/ai-voicelive", "ServerEventUnion"), heard


def jambonz_client(message: dict) -> tuple[str, object] | None:
    events = "import('@jambonz/sdk/websocket').AudioStreamEvents"
    if "callSid" in message:
        return "Closed<" + of("@jambonz/sdk/websocket", "AudioStreamMetadata") + ">", message
    if message.get("event") == "dtmf":
        return f"Parameters<{events}['dtmf']>[0]", {"digit": message["dtmf"], "duration": message["duration"]}
    return f"Closed<Parameters<{events}['{message['type']}']>[0]>", message["data"]


def jambonz_server(message: dict) -> tuple[str, object] | None:
    if message.get("type") != "playAudio":
        return None
    return "{ audioContent: string } & " + of("@jambonz/sdk/websocket", "PlayAudioOptions"), message["data"]


def soniox_client(message: dict) -> tuple[str, object] | None:
    if message == {"type": "keepalive"}:
        return None
    return "{ api_key: string } & " + of("@soniox/node", "SttSessionConfig"), message


def watson_client(message: dict) -> tuple[str, object] | None:
    settings = {name: value for name, value in message.items() if name != "action"}
    # The type lacks interimResults, which the package's RecognizeStream documents and sends.
    type_ = "{ interimResults?: boolean } & " + of("ibm-watson/speech-to-text/v1", "RecognizeWebSocketParams")
    return (type_, settings) if settings else None


def watson_server(message: dict) -> tuple[str, object] | None:
    if "results" not in message:
        return None
    return of("ibm-watson/speech-to-text/v1-generated", "SpeechRecognitionResults"), message


CONTRACTS = {
    "assemblyai": Contract("assemblyai", of("assemblyai", "StreamingOperationMessage"),
                           of("assemblyai", "StreamingEventMessage")),
    "azure-voice-live": Contract("@azure/ai-voicelive", of("@azure/ai-voicelive", "ClientEventUnion"),
                                 azure_server, camel_case=True,
                                 names={"audio_start_ms": "audioStartInMs", "audio_end_ms": "audioEndInMs"}),
    "cartesia": Contract(
        "@cartesia/cartesia-js",
        of("@cartesia/cartesia-js/resources/stt/manual-finalize/manual-finalize", "STTManualFinalizeWebsocketRequest"),
        of("@cartesia/cartesia-js/resources/stt/manual-finalize/manual-finalize",
           "STTManualFinalizeWebsocketResponse")),
    "deepgram": Contract("@deepgram/sdk",
                         of("@deepgram/sdk", "Deepgram.listen.ListenV1KeepAlive",
                            "Deepgram.listen.ListenV1CloseStream"),
                         of("@deepgram/sdk", "Deepgram.listen.ListenV1Results", "Deepgram.listen.ListenV1Metadata")),
    "deepgram-agent": Contract("@deepgram/sdk",
                               of("@deepgram/sdk", "Deepgram.agent.AgentV1Settings",
                                  "Deepgram.agent.AgentV1KeepAlive"),
                               of("@deepgram/sdk", "Deepgram.agent.AgentV1Welcome",
                                  "Deepgram.agent.AgentV1SettingsApplied",
                                  "Deepgram.agent.AgentV1ConversationText",
                                  "Deepgram.agent.AgentV1UserStartedSpeaking")),
    "deepgram-flux": Contract("@deepgram/sdk", of("@deepgram/sdk", "Deepgram.listen.ListenV2CloseStream"),
                              of("@deepgram/sdk", "Deepgram.listen.ListenV2TurnInfo")),
    "elevenlabs": Contract("@elevenlabs/types",
                           of("@elevenlabs/types", "Outgoing.ConversationInitiationClientToOrchestratorEvent",
                              "Outgoing.PongClientToOrchestratorEvent", "Outgoing.UserAudio"),
                           of("@elevenlabs/types", "ConversationMetadata", "Audio", "Ping", "UserTranscript",
                              "AgentResponse"),
                           open=("dynamic_variables",)),
    "elevenlabs-scribe": Contract("@elevenlabs/types", of("@elevenlabs/types", "Outgoing.InputAudioChunk"),
                                  of("@elevenlabs/types", "Incoming.SessionStartedMessage",
                                     "Incoming.PartialTranscriptMessage", "Incoming.CommittedTranscriptMessage")),
    # What we send to Gladia has no type in its package.
    "gladia": Contract("@gladiaio/sdk", None, of("@gladiaio/sdk", "LiveV2WebSocketMessage")),
    "gemini": Contract("@google/genai", "Wire<" + of("@google/genai", "LiveClientMessage") + ">",
                       "Wire<" + of("@google/genai", "LiveServerMessage") + ">", misfits=(
                           Misfit('"handle":null', "proto3's JSON takes null for a member that is not set; the types "
                                  "were generated without that"),)),
    "hume": Contract("hume", of("hume/serialization", "empathicVoice.PublishEvent.Raw"),
                     of("hume/serialization", "empathicVoice.SubscribeEvent.Raw")),
    "jambonz": Contract("@jambonz/sdk", jambonz_client, jambonz_server, misfits=(
        Misfit('"duration":', "jambonz' feature server sends what FreeSWITCH's event header has, a string, and the "
               "package passes on what came"),)),
    "openai": realtime("openai/resources/realtime/realtime"),
    "openai-beta": realtime("openai/resources/beta/realtime/realtime"),
    "openai-live": Contract("openai", of("openai/resources/live/live", "ClientEvent"),
                            of("openai/resources/live/live", "ServerEvent")),
    "soniox": Contract("@soniox/node", soniox_client, of("@soniox/node", "RealtimeResult")),
    "speechmatics": Contract("@speechmatics/real-time-client",
                             of("@speechmatics/real-time-client", "RealtimeClientMessage"),
                             of("@speechmatics/real-time-client", "RealtimeServerMessage")),
    # To Vapi we send audio only.
    "vapi": Contract("@vapi-ai/server-sdk", None, of("@vapi-ai/server-sdk", "Vapi.ClientMessageMessage")),
    "watson": Contract("ibm-watson", watson_client, watson_server, camel_case=True),
}
