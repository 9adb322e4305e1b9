// The JSON of the Batch wire. The input's first byte names the struct and whether its required
// members may be missing; the rest is its JSON.
#include <iterator>

#include "batch/wire.h"
#include "core/auth/token_answer.h"
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

// What a token endpoint answers, which is read in the same way and keeps its secret.
void token_answer(std::string_view json, Missing) {
  const Timestamp now = *Timestamp::parse("2024-02-29T01:02:03Z");
  if (const auto token = read_token(json, now, "w"); token)
    fuzz::require(token->expires_at > now && !token->text.empty(), "a token is of use");
  describe(read_refusal(json), 400);
}

using RoundTrip = void (*)(std::string_view, Missing);
constexpr RoundTrip structs[] = {
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
    round_trip<ApplicationSummary>,
    round_trip<Page<ApplicationSummary>>,
    round_trip<ImageInformation>,
    round_trip<Page<ImageInformation>>,
    round_trip<JobUpdate>,
    round_trip<JobDisable>,
    round_trip<JobPreparationAndReleaseTaskStatus>,
    round_trip<Page<JobPreparationAndReleaseTaskStatus>>,
    round_trip<NodeReboot>,
    round_trip<NodeReimage>,
    round_trip<NodeDeallocate>,
    round_trip<NodeDisableScheduling>,
    round_trip<NodeUser>,
    round_trip<NodeUserUpdate>,
    round_trip<RemoteLoginSettings>,
    round_trip<UploadServiceLogs>,
    round_trip<UploadServiceLogsResult>,
    round_trip<NodeVmExtension>,
    round_trip<Page<NodeVmExtension>>,
    round_trip<PoolPatch>,
    round_trip<PoolUpdate>,
    round_trip<NodeRemove>,
    round_trip<EnableAutoScale>,
    round_trip<EvaluateAutoScale>,
    round_trip<AutoScaleRun>,
    round_trip<PoolUsageMetrics>,
    round_trip<Page<PoolUsageMetrics>>,
    round_trip<JobSchedule>,
    round_trip<Page<JobSchedule>>,
    round_trip<JobSchedulePatch>,
    round_trip<JobScheduleUpdate>,
    round_trip<Subtasks>,
    token_answer,
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view json = fuzz::text_of(data, size);
  const unsigned choice = fuzz::take_byte(json);
  const Missing missing = choice & 0x80 ? Missing::refused : Missing::allowed;
  structs[(choice & 0x7f) % std::size(structs)](json, missing);
  return 0;
}
