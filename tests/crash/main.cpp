// Kills the local service, and then its agents too, at random moments while jobs with dependencies,
// retries and multi-instance tasks run. After every restart what was acknowledged must be there, a
// completed task must stay as it ended, and every task must end as the rules say; the journal that
// the tasks write tells whether any ran that should not have.
//
//   crash_story DMSBATCH DIRECTORY [--kills N] [--agent-kills N] [--seed N]
#include <signal.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <random>
#include <thread>

#include "core/config.h"
#include "core/curl_transport.h"
#include "core/retry.h"
#include "core/signing.h"
#include "tests/crash/service_process.h"
#include "tests/crash/workload.h"

namespace dms::crash {
namespace {

struct Plan {
  int kills = 200;
  int agent_kills = 40;
  unsigned seed = std::random_device{}();
};

// A client that outlasts the service's deaths.
class Client {
 public:
  explicit Client(const Config& config)
      : signed_(network_,
                SharedKey::parse(config.batch_account_name, config.batch_account_key).value(),
                Protocol::batch, system_clock()),
        retrying_(signed_, system_clock(),
                  {.max_tries = 400,
                   .first_delay = std::chrono::milliseconds(20),
                   .longest_delay = std::chrono::milliseconds(100)}),
        batch_(Url::parse(config.batch_account_url).value(), retrying_, system_clock()) {}

  batch::AzureBatch& batch() { return batch_; }

 private:
  CurlTransport network_;
  Signed signed_;
  Retrying retrying_;
  batch::AzureBatch batch_;
};

// Kills at random moments on a thread of its own until the plan is carried out.
class Killer {
 public:
  Killer(ServiceProcess& service, const Plan& plan)
      : service_(service), plan_(plan), random_(plan.seed) {}

  void start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  bool is_done() const { return done_; }
  // Why a restart failed, if one did.
  Status status() {
    thread_ = {};
    return status_;
  }

 private:
  void run(const std::stop_token& stop) {
    for (int i = 0; i < plan_.kills && !stop.stop_requested(); ++i) {
      pause();
      if (agent_kills_ < plan_.agent_kills && random_() % 2 == 0) kill_agent();
      if (random_() % 4 == 0) pause();
      service_.kill();
      if (random_() % 3 == 0) pause();  // tasks end while nobody listens
      status_ = service_.start();
      if (!status_) break;
    }
    done_ = true;
  }

  void pause() {
    std::uniform_int_distribution<int> milliseconds(0, 150);
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(random_)));
  }

  void kill_agent() {
    const auto agents = service_.agents();
    if (agents.empty()) return;
    ::kill(agents[random_() % agents.size()], SIGKILL);
    ++agent_kills_;
  }

  ServiceProcess& service_;
  const Plan plan_;
  std::mt19937 random_;
  int agent_kills_ = 0;
  Status status_ = ok();
  std::atomic<bool> done_ = false;
  std::jthread thread_;
};

// Keeps two jobs going while the killer kills; gives all that were.
Status run_jobs(batch::AzureBatch& batch, const Journal& journal, const Killer& killer,
                std::list<JobStory>& stories) {
  constexpr std::size_t at_once = 2;
  std::list<JobStory*> open;
  const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(12);
  while (!killer.is_done() || !open.empty()) {
    while (!killer.is_done() && open.size() < at_once) {
      JobStory& story = stories.emplace_back(batch, journal, static_cast<int>(stories.size()));
      DMS_CHECK(story.submit());
      open.push_back(&story);
    }
    for (auto& story : stories) DMS_CHECK(story.look());
    for (auto it = open.begin(); it != open.end();) {
      DMS_TRY(const bool done, (*it)->is_done());
      if (done) DMS_CHECK((*it)->finish());
      it = done ? open.erase(it) : std::next(it);
    }
    if (std::chrono::steady_clock::now() > limit)
      return fail(Code::timeout, "job " + open.front()->id() + " is stuck");
  }
  return ok();
}

Status run(const std::string& dmsbatch, const std::string& directory, const Plan& plan) {
  std::printf("seed %u, %d kills, %d of agents\n", plan.seed, plan.kills, plan.agent_kills);
  std::fflush(stdout);
  ServiceProcess service(dmsbatch, directory + "/data");
  DMS_CHECK(service.start());
  DMS_TRY(const Config config, load_config(directory + "/data/config.ini"));
  Client client(config);
  DMS_CHECK(create_pools(client.batch()));
  const Journal journal(directory + "/journal");
  std::list<JobStory> stories;
  Killer killer(service, plan);
  killer.start();
  const Status ran = run_jobs(client.batch(), journal, killer, stories);
  DMS_CHECK(killer.status());
  DMS_CHECK(ran);
  DMS_TRY(const auto runs, journal.read());
  for (const auto& story : stories) DMS_CHECK(story.check_runs(runs, plan.agent_kills > 0));
  for (const char* pool : {"plain", "linked"}) {
    DMS_CHECK(client.batch().delete_pool(pool));
    DMS_CHECK(client.batch().wait_for_pool_delete(
        pool, {.polling_interval = std::chrono::milliseconds(100)}));
  }
  DMS_CHECK(service.end());
  if (const auto left = service.processes(); !left.empty())
    return fail(Code::internal, std::to_string(left.size()) + " processes are left behind");
  std::printf("%zu jobs ended as they must\n", stories.size());
  return ok();
}

}  // namespace
}  // namespace dms::crash

int main(int argc, char** argv) {
  dms::crash::Plan plan;
  for (int i = 3; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    const int value = std::atoi(argv[i + 1]);
    if (option == "--kills") plan.kills = value;
    if (option == "--agent-kills") plan.agent_kills = value;
    if (option == "--seed") plan.seed = static_cast<unsigned>(value);
  }
  if (argc < 3) {
    std::fprintf(
        stderr, "usage: crash_story DMSBATCH DIRECTORY [--kills N] [--agent-kills N] [--seed N]\n");
    return 2;
  }
  const dms::Status status = dms::crash::run(argv[1], argv[2], plan);
  if (status) return 0;
  std::fprintf(stderr, "crash_story: %s\n", status.error().message.c_str());
  return 1;
}
