// Parses and evaluates any text: whatever it is, there is an answer with targets that a pool can
// have, and an error leaves the targets as they were.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "service/autoscale/evaluate.h"

namespace {

using namespace dms::service::autoscale;
using namespace std::chrono_literals;

const dms::Timestamp now{std::chrono::sys_days{std::chrono::year{2024} / 2 / 29} + 10h};

Samples some_samples() {
  Samples samples({.interval = 30s, .lag = 1min, .history = 1h});
  for (int i = 120; i >= 0; --i) {
    SampleRow row;
    row.set(Metric::pending_tasks, i % 7).set(Metric::cpu_percent, i);
    if (i % 3 == 0) row.set(Metric::active_tasks, 1);
    samples.record({now.at - 30s * i}, row);
  }
  return samples;
}

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const Evaluation& run, const Inputs& inputs) {
  require(run.target_dedicated >= 0 && run.target_low_priority >= 0);
  require(run.results.starts_with("$TargetDedicatedNodes="));
  if (!run.error) return;
  require(run.target_dedicated == inputs.target_dedicated);
  require(run.target_low_priority == inputs.target_low_priority);
  require(!run.node_deallocation_option && run.error->values.size() == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Samples samples = some_samples();
  const Inputs inputs{.now = now,
                      .target_dedicated = 3,
                      .target_low_priority = 1,
                      .current_dedicated = 3,
                      .current_low_priority = 1,
                      .samples = samples,
                      .random = [] { return 0.5; }};
  const auto formula = Formula::parse(std::string_view(reinterpret_cast<const char*>(data), size));
  check(formula ? evaluate(*formula, inputs) : refused(formula.error(), inputs), inputs);
  return 0;
}
