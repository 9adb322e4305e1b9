// Requests to the Batch service, behind the signature. The input holds requests, with a byte 0x1e
// between them:
//
//   METHOD target
//   Name: value            # headers
//                          # an empty line
//   body
//
// The method NEXT lets time pass instead: agents connect, runs end, a second goes by.
#include <nlohmann/json.hpp>

#include "service/batch_service.h"
#include "service/core/tick.h"
#include "service/http_head.h"
#include "tests/fuzz/fuzz.h"
#include "tests/service/fake_agent_host.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

using namespace dms;
using namespace dms::service;

namespace {

constexpr int max_requests = 12;
constexpr const char* base = "http://127.0.0.1:1";

const TempDirectory& directory() {
  static const TempDirectory made;
  return made;
}

Core fresh_core() {
  Core core;
  core.account = "acct";
  core.base_url = base;
  core.nodes_dir = directory().path().string();
  return core;
}

class World {
 public:
  World() { host_.listen(engine_); }

  void take(std::string_view text) {
    std::string_view line = fuzz::take_until(text, "\n");
    const std::string_view method = fuzz::take_until(line, " ");
    if (method == "NEXT") return pass_time();
    const auto url = request_url(line, "127.0.0.1:1");
    if (!url) return;
    Request request{.method = std::string(method), .url = *url};
    for (std::string_view header; !(header = fuzz::take_until(text, "\n")).empty();) {
      const std::string_view name = fuzz::take_until(header, ": ");
      request.headers.add(std::string(name), std::string(header));
    }
    request.body = text;
    check(service_.router().answer(request, clock_.now()));
  }

 private:
  static void check(const Answer& answer) {
    const std::string status = std::to_string(answer.status);
    fuzz::require(answer.status >= 200 && answer.status < 600 && answer.status != 500,
                  "an answer has a status, and the service does not fail", status + answer.body);
    if (answer.headers.get("Content-Type").starts_with("application/json"))
      fuzz::require(nlohmann::json::accept(answer.body), "an answer is JSON", answer.body);
    for (const FileRange& file : answer.files)
      fuzz::require(file.path.string().starts_with(directory().path().string()),
                    "only files of nodes are sent", file.path.string());
  }

  void pass_time() {
    host_.hello_all();
    host_.end_all([](const NodeKey&, const agent::RunSpec& spec) {
      agent::RunEnd end;
      end.exit_code = static_cast<int>(spec.command_line.size() % 3);
      if (*end.exit_code)
        end.failure_info =
            batch::FailureInfo{batch::ErrorCategory::user_error, "FailureExitCode", "", {}};
      return end;
    });
    host_.answer_ends();
    host_.bury_retired();
    clock_.advance(std::chrono::seconds(1));
    const auto ticked = engine_.change([](Core& core, Effects& out, Timestamp now) -> Status {
      on_tick(core, out, now);
      return ok();
    });
    fuzz::require(ticked.has_value(), "time passes");
  }

  FakeClock clock_;
  std::unique_ptr<Store> store_ = memory_store();
  FakeAgentHost host_;
  Engine engine_{fresh_core(), *store_, host_, clock_};
  BatchService service_{
      {{"acct", std::string(64, 'k')}, base, directory().path().string()}, engine_, clock_};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  World world;
  for (int i = 0; i < max_requests && !text.empty(); ++i)
    world.take(fuzz::take_until(text, "\x1e"));
  return 0;
}
