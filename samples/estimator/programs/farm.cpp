#include "samples/estimator/programs/farm.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "samples/estimator/programs/text.h"

namespace estimator {

Farm::Farm(const Address& address, std::string digest, std::function<void(const std::string&)> told)
    : listener_(listen_at(address)), digest_(std::move(digest)), told_(std::move(told)) {}

Farm::~Farm() {
  for (Worker& worker : workers_) (void)worker.connection.send("bye");
  ::close(listener_);
}

std::vector<Answer> Farm::evaluate(const std::vector<std::vector<double>>& batch) {
  ++batches_;
  runs_.assign(batch.size(), {});
  for (std::size_t at = 0; at < batch.size(); ++at) {
    for (const double value : batch[at]) runs_[at].values += ' ' + text_of(value);
    waiting_.push_back(static_cast<int>(at));
  }
  const auto is_done = [](const Run& run) { return run.done; };
  while (!std::all_of(runs_.begin(), runs_.end(), is_done)) {
    hand_out();
    wait_for_news();
  }
  std::vector<Answer> answers;
  for (Run& run : runs_) answers.push_back(std::move(run.answer));
  return answers;
}

void Farm::hand_out() {
  for (auto worker = workers_.begin(); worker != workers_.end() && !waiting_.empty();) {
    const auto current = worker++;
    if (!current->welcome || current->run >= 0) continue;
    const int run = waiting_.front();
    waiting_.pop_front();
    current->run = run;
    const std::string id = std::to_string(batches_) + "." + std::to_string(run);
    if (!current->connection.send("run " + id + runs_[static_cast<std::size_t>(run)].values))
      let_go(current);
  }
}

void Farm::wait_for_news() {
  std::vector<pollfd> fds{{listener_, POLLIN, 0}};
  for (const Worker& worker : workers_) fds.push_back({worker.connection.fd(), POLLIN, 0});
  if (::poll(fds.data(), fds.size(), -1) <= 0) return;
  std::size_t at = 1;
  for (auto worker = workers_.begin(); worker != workers_.end(); ++at) {
    const auto current = worker++;
    if (fds[at].revents != 0 && !hear(*current)) let_go(current);
  }
  if (fds[0].revents != 0) accept_worker();
}

void Farm::accept_worker() {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  const int fd = ::accept4(listener_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC);
  if (fd < 0) return;
  char ip[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, &peer.sin_addr, ip, sizeof ip);
  workers_.push_back(
      {.connection = Connection(fd), .name = ip + (":" + std::to_string(ntohs(peer.sin_port)))});
}

bool Farm::hear(Worker& worker) {
  if (!worker.connection.receive()) return false;
  try {
    while (const auto line = worker.connection.next_line())
      if (!hear_line(worker, *line)) return false;
    return true;
  } catch (const Problem& problem) {
    told_(problem.what());
    return false;
  }
}

bool Farm::hear_line(Worker& worker, const std::string& line) {
  const auto words = words_of(line);
  if (words.size() < 2) return false;
  if (!worker.welcome) {
    worker.welcome = words[0] == "hello" && words[1] == digest_;
    if (!worker.welcome) {
      told_("refused " + worker.name + ", which works on something else");
      (void)worker.connection.send("refused the master has another problem");
      return false;
    }
    ++workers_seen_;
    told_("worker " + worker.name + " joined");
    return worker.connection.send("welcome");
  }
  const bool answers_its_run =
      worker.run >= 0 && words[1] == std::to_string(batches_) + "." + std::to_string(worker.run);
  if (!answers_its_run) return false;
  Run& run = runs_[static_cast<std::size_t>(worker.run)];
  if (words[0] == "done") {
    std::vector<double> numbers;
    for (std::size_t at = 2; at < words.size(); ++at)
      numbers.push_back(number_of(words[at], "an answer of " + worker.name));
    run.answer = std::move(numbers);
    run.done = true;
  } else {
    told_(worker.name + ": " + line);
    run.done = ++run.failures == attempts;
    if (!run.done) waiting_.push_back(worker.run);
  }
  if (run.done) {
    ++runs_done_;
    told_("run " + words[1] + " by " + worker.name);
  }
  worker.run = -1;
  return true;
}

void Farm::let_go(std::list<Worker>::iterator worker) {
  if (worker->welcome) {
    told_("worker " + worker->name + " is gone" +
          (worker->run >= 0 ? ", its run goes to another" : ""));
  }
  if (worker->run >= 0) {
    waiting_.push_front(worker->run);
    ++runs_repeated_;
  }
  workers_.erase(worker);
}

}  // namespace estimator
