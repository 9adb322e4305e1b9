#include "bench/scale/sample_tasks.h"

#include <fmt/format.h>

#include "models/runs/run_task.h"

namespace dms::bench {

namespace {

// The length is that of a real one, the signature is not.
std::string sas_url(std::string_view blob, std::string_view permissions) {
  return fmt::format(
      "https://dmsstudies.blob.core.windows.net/melt{}?sv=2021-12-02&st=2026-01-01T00%3A00%3A00Z"
      "&se=2026-01-31T00%3A00%3A00Z&sr={}&sp={}&spr=https&sig="
      "c2lnbmF0dXJlIG9mIGEgYmVuY2htYXJrLCAzMiBiLg%3D%3D",
      blob, blob.empty() ? "c" : "b", permissions);
}

models::Run run_of(int index) {
  const std::string temperature = fmt::format("{:.2f}", 0.5 + index % 40 * 0.05);
  const std::string density = fmt::format("{:.3f}", 0.7 + index / 40 % 50 * 0.005);
  const std::string seed = std::to_string(index / 2000);
  const auto hash = static_cast<std::uint32_t>(index) * 2654435761U;
  return {.id = fmt::format("t{:06}-T{}-rho{}-seed{}-0f{:010x}", index, index % 40, index / 40 % 50,
                            seed, hash),
          .digest = fmt::format("0f{:030x}", hash),
          .values = {},
          .command = fmt::format("lmp -in in.melt -var T {} -var rho {} -var seed {} -log log.melt"
                                 " && python3 reduce.py log.melt > thermo.csv",
                                 temperature, density, seed),
          .outputs = {"thermo.csv", "log.melt"},
          .environment = {
              {"T", temperature}, {"rho", density}, {"seed", seed}, {"OMP_NUM_THREADS", "1"}}};
}

}  // namespace

std::vector<batch::Task> study_tasks(int count) {
  models::Study study;
  study.max_wall_clock = Duration{std::chrono::duration_cast<Ticks>(std::chrono::hours(2))};
  const models::TaskPlace place{.tool_sha256 = std::string(64, 'd'),
                                .inputs_sha256 = std::string(64, '4'),
                                .results_container_url = sas_url("", "cw"),
                                .blob_prefix = "melt-2026-01",
                                .family = std::string(32, 'f'),
                                .prepared = true};
  std::vector<batch::Task> tasks;
  for (int i = 0; i < count; ++i) tasks.push_back(models::make_task(run_of(i), study, place));
  return tasks;
}

std::vector<batch::Task> true_tasks(int count) {
  std::vector<batch::Task> tasks(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    tasks[static_cast<std::size_t>(i)].id = fmt::format("t{:06}", i);
    tasks[static_cast<std::size_t>(i)].command_line = "true";
  }
  return tasks;
}

}  // namespace dms::bench
