// Is anything quicker at bringing files into storage and back?
//
//   bench_transfer [MEBIBYTES] [FILES] [ROUNDS]     1024, 5000 and 3 unless said otherwise
//
// One large file, and many of 20 KB, up and down on loopback: against the local service and against
// Azurite, by dmsbatch, curl and @azure/storage-blob, each as a process of its own, in turns. A
// plain copy from memory to disk stands beside the large file. Prints each number beside its
// target; a missed target is no error. Needs curl, node and npm --prefix tests/conformance ci.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "bench/report.h"
#include "bench/service_process.h"
#include "bench/storage/azurite.h"
#include "bench/storage/movers.h"
#include "core/file.h"

namespace {

using namespace dms;
using namespace dms::bench;
namespace fs = std::filesystem;

constexpr std::size_t small_bytes = 20'000;
constexpr double most_memory_mb = 200;
constexpr double least_of_plain_copy = 0.8;

struct Options {
  int mebibytes = 1024;
  int files = 5000;
  int rounds = 3;
};

// What does not compress and is not the same twice.
class Noise {
 public:
  const std::string& next(std::size_t bytes) {
    text_.resize(bytes);
    for (std::size_t i = 0; i + sizeof(std::uint64_t) <= bytes; i += sizeof(std::uint64_t)) {
      const std::uint64_t number = random_();
      std::copy_n(reinterpret_cast<const char*>(&number), sizeof number, text_.data() + i);
    }
    return text_;
  }

 private:
  std::mt19937_64 random_{1};
  std::string text_;
};

Status write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const auto written = ::write(fd, text.data() + done, text.size() - done);
    if (written < 0) return fail_errno("writing", errno);
    done += static_cast<std::size_t>(written);
  }
  return ok();
}

// Mebibytes of one block from memory, until they are on the disk.
Result<Seconds> copy_to_disk(const std::string& file, const std::string& block, int mebibytes) {
  const auto start = SteadyClock::now();
  DMS_TRY(const UniqueFd fd, open_file(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  for (int i = 0; i < mebibytes; ++i) DMS_CHECK(write_all(fd.get(), block));
  if (::fsync(fd.get()) != 0) return fail_errno("fsync", errno);
  return since(start);
}

Status make_files(const Scene& scene, int mebibytes) {
  Noise noise;
  DMS_TRY(const UniqueFd fd,
          open_file(scene.large, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  for (int i = 0; i < mebibytes; ++i) DMS_CHECK(write_all(fd.get(), noise.next(1 << 20)));
  fs::create_directories(scene.many);
  for (int i = 0; i < scene.files; ++i)
    DMS_CHECK(write_file_atomic(fmt::format("{}/{}", scene.many, i), noise.next(small_bytes)));
  return ok();
}

bool is_ours(const Mover& mover) { return mover.folder == our_folder; }

struct Measured {
  Mover mover;
  TimedRuns runs = {};
};

Status remove_large(const Scene& scene, const Mover& mover) {
  DMS_TRY(const auto client, client_of(scene));
  auto removed = client->delete_blob(bench_container, mover.folder + "/large");
  return !removed && removed.error().code == Code::not_found ? ok() : std::move(removed);
}

Status run(const Scene& scene, Move move, Measured& measured) {
  const std::string target = scene.directory + "/came";
  fs::remove_all(target);
  // What the service holds already would not be sent again.
  if (move == Move::up) DMS_CHECK(remove_large(scene, measured.mover));
  DMS_TRY(const ChildSpec command, measured.mover.command(scene, move, target));
  DMS_TRY(const TimedRun run, run_timed(command).context("moving by " + measured.mover.name));
  measured.runs.add(run);
  return ok();
}

// `amount` of `unit` moves in each run.
Status measure_move(const Scene& scene, const Options& options, Move move, std::string_view what,
                    double amount, std::string_view unit, Report& report, Seconds* own = nullptr) {
  std::vector<Measured> all;
  for (auto& mover : movers(move)) all.push_back({std::move(mover)});
  for (int round = 0; round < options.rounds; ++round)
    for (Measured& each : all) DMS_CHECK(run(scene, move, each));
  report.heading(what);
  for (const Measured& each : all)
    report.line(each.mover.name, amount / each.runs.median().count(), unit, {},
                fmt::format("{:.2f} s, worst {:.2f} s, CPU {:.2f} s, peak {:.0f} MB",
                            each.runs.median().count(), spread_of(each.runs.walls).worst.count(),
                            each.runs.cpu.count(), each.runs.peak_mb));
  const TimedRuns& ours = all.front().runs;
  for (const Measured& mine : all)
    for (const Measured& peer : all)
      if (is_ours(mine.mover) && !is_ours(peer.mover))
        report.line(fmt::format("{} / {}", mine.mover.name, peer.mover.name),
                    peer.runs.median() / mine.runs.median(), "×", at_least(1));
  report.line("peak memory of dmsbatch", ours.peak_mb, "MB", at_most(most_memory_mb));
  if (own) *own = ours.median();
  return ok();
}

Status measure_service(const std::string& service, const Scene& scene, const Options& options,
                       Report& report, bool beside_plain_copy) {
  DMS_TRY(const auto client, client_of(scene));
  DMS_CHECK(client->create_container(bench_container));
  const double mib = options.mebibytes, files = options.files;
  Seconds up{}, down{};
  DMS_CHECK(measure_move(scene, options, Move::up,
                         fmt::format("{}: {} MiB up", service, options.mebibytes), mib, "MiB/s",
                         report, &up));
  DMS_CHECK(measure_move(scene, options, Move::down,
                         fmt::format("{}: {} MiB down", service, options.mebibytes), mib, "MiB/s",
                         report, &down));
  if (beside_plain_copy) {
    std::vector<Seconds> copies;
    Noise noise;
    const std::string block = noise.next(1 << 20);
    for (int round = 0; round < options.rounds; ++round) {
      DMS_TRY(const Seconds time,
              copy_to_disk(scene.directory + "/copy", block, options.mebibytes));
      copies.push_back(time);
    }
    const Seconds copy = spread_of(copies).median;
    report.heading("beside a plain copy from memory to disk, synced");
    report.line("plain copy", mib / copy.count(), "MiB/s");
    report.line("up / plain copy", copy / up, "×", at_least(least_of_plain_copy));
    report.line("down / plain copy", copy / down, "×", at_least(least_of_plain_copy));
  }
  DMS_CHECK(measure_move(scene, options, Move::up_many,
                         fmt::format("{}: {} files of 20 KB up", service, options.files), files,
                         "files/s", report));
  return measure_move(scene, options, Move::down_many,
                      fmt::format("{}: {} files of 20 KB down", service, options.files), files,
                      "files/s", report);
}

Status write_config(const Scene& scene, const std::string& url) {
  return write_file_atomic(
      scene.config_file,
      fmt::format("[DEFAULT]\n_BATCH_ACCOUNT_NAME = none\n_BATCH_ACCOUNT_KEY = {1}\n"
                  "_BATCH_ACCOUNT_URL = http://127.0.0.1:1\n_STORAGE_ACCOUNT_NAME = {0}\n"
                  "_STORAGE_ACCOUNT_KEY = {1}\n_STORAGE_ACCOUNT_DOMAIN = {2}\n",
                  scene.account, scene.key, url),
      0600);
}

Status measure(const Options& options) {
  DMS_TRY(const std::string directory, make_temp_directory("bench-transfer-"));
  Report report;
  Scene scene;
  scene.directory = directory;
  scene.large = directory + "/large";
  scene.many = directory + "/many";
  scene.files = options.files;
  scene.config_file = directory + "/config.ini";
  DMS_CHECK(make_files(scene, options.mebibytes));
  {
    DMS_TRY(const auto service, ServiceProcess::start(directory + "/service"));
    const Config& config = service->config();
    scene.account = config.storage_account_name;
    scene.key = config.storage_account_key;
    scene.endpoint = config.storage_account_domain + "/" + scene.account;
    DMS_CHECK(write_config(scene, config.storage_account_domain));
    DMS_CHECK(measure_service("the local service", scene, options, report, true));
  }
  fs::remove_all(directory + "/service");
  DMS_TRY(const auto azurite, Azurite::start(directory + "/azurite"));
  scene.account = Azurite::account;
  scene.key = Azurite::key;
  scene.endpoint = azurite->url() + "/" + scene.account;
  DMS_CHECK(write_config(scene, azurite->url()));
  DMS_CHECK(measure_service("Azurite", scene, options, report, false));
  report.summary();
  fs::remove_all(directory);
  return ok();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  int* const given[] = {&options.mebibytes, &options.files, &options.rounds};
  bool good = argc <= 4;
  for (int i = 1; good && i < argc; ++i) good = (*given[i - 1] = std::atoi(argv[i])) > 0;
  if (!good) {
    std::fprintf(stderr, "usage: bench_transfer [MEBIBYTES] [FILES] [ROUNDS]\n");
    return 2;
  }
  if (const auto status = measure(options); !status) {
    std::fprintf(stderr, "bench_transfer: %s\n", status.error().message.c_str());
    return 1;
  }
  return 0;
}
