// The JSON of the Batch wire. The input's first byte names the struct and whether its required
// members may be missing; the rest is its JSON.
#include <array>

#include "batch/wire.h"
#include "tests/fuzz/fuzz.h"

using namespace dms;
using namespace dms::batch;

namespace {

// What is written is read again, as the same.
template <class T>
void round_trip(std::string_view json, Missing missing) {
  const auto first = decode<T>(json, missing);
  if (!first) {
    fuzz::require(first.error().http_status == 400, "bad JSON is a bad request",
                  first.error().message);
    return;
  }
  const std::string text = encode(*first);
  const auto second = decode<T>(text, missing);
  fuzz::require(second.has_value(), "what was written is read again", text);
  fuzz::require(encode(*second) == text, "what was read again is written alike", text);
  const std::string headed = encode(*first, {"id", "state"}, R"("odata.metadata":"m")");
  fuzz::require(decode<T>(headed).has_value(), "a part of it is JSON", headed);
}

using RoundTrip = void (*)(std::string_view, Missing);
constexpr std::array<RoundTrip, 22> structs = {
    round_trip<Pool>,
    round_trip<Page<Pool>>,
    round_trip<PoolResize>,
    round_trip<Node>,
    round_trip<Page<Node>>,
    round_trip<NodeFile>,
    round_trip<Page<NodeFile>>,
    round_trip<PoolNodeCounts>,
    round_trip<Page<PoolNodeCounts>>,
    round_trip<Job>,
    round_trip<Page<Job>>,
    round_trip<JobPatch>,
    round_trip<JobTerminate>,
    round_trip<TaskCountsResult>,
    round_trip<Task>,
    round_trip<Page<Task>>,
    round_trip<TaskUpdate>,
    round_trip<TaskCollection>,
    round_trip<TaskAddResult>,
    round_trip<TaskAddCollectionResult>,
    round_trip<TaskExecutionInfo>,
    round_trip<ErrorBody>,
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view json = fuzz::text_of(data, size);
  const unsigned choice = fuzz::take_byte(json);
  const Missing missing = choice & 0x80 ? Missing::refused : Missing::allowed;
  structs[(choice & 0x7f) % structs.size()](json, missing);
  return 0;
}
