// The agent protocol. The input is what one side sends: frames to the service when its first byte
// is even, to an agent when it is odd.
#include <sys/socket.h>

#include "agent/frame_socket.h"
#include "tests/fuzz/fuzz.h"

using namespace dms;
using namespace dms::agent;

namespace {

template <class T>
void round_trip(std::string_view frame) {
  for (const Missing missing : {Missing::refused, Missing::allowed}) {
    const auto first = decode<T>(frame, missing);
    if (!first) continue;
    const std::string text = encode(*first);
    fuzz::require(text.find('\n') == text.npos, "a frame has no line break", text);
    const auto second = decode<T>(text, missing);
    fuzz::require(second.has_value(), "what was written is read again", text);
    fuzz::require(encode(*second) == text, "what was read again is written alike", text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes = fuzz::text_of(data, size);
  const bool to_agent = fuzz::take_byte(bytes) & 1;
  auto pair = make_socket_pair();
  fuzz::require(pair.has_value(), "there are sockets");
  FrameSocket socket(std::move(pair->ours));
  std::string seen;
  const auto take_frames = [&] {
    while (const auto frame = socket.next()) {
      seen.append(*frame) += '\n';
      to_agent ? round_trip<ToAgent>(*frame) : round_trip<FromAgent>(*frame);
    }
  };
  // In three pieces, so that frames arrive in parts.
  const std::size_t third = bytes.size() / 3 + 1;
  for (std::string_view left = bytes; !left.empty();) {
    const std::string_view piece = left.substr(0, third);
    const auto sent = ::send(pair->theirs.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
    fuzz::require(sent == static_cast<ssize_t>(piece.size()), "the socket takes a piece");
    left.remove_prefix(piece.size());
    fuzz::require(socket.receive().has_value(), "what was sent is received");
    take_frames();
  }
  pair->theirs.reset();
  fuzz::require(!socket.receive(), "the end is told");
  take_frames();
  fuzz::require(seen == bytes.substr(0, bytes.rfind('\n') + 1),
                "frames are the bytes between ends");
  return 0;
}
