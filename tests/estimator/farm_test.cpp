#include "samples/estimator/programs/farm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "samples/estimator/programs/text.h"

namespace estimator {
namespace {

using testing::Contains;
using testing::HasSubstr;

// Workers that answer each run with the sum of its values, on an address of this test's own.
class Farms : public testing::Test {
 protected:
  Farms() {
    // Several tests may run at once: each process takes its own address.
    const int number = static_cast<int>(::getpid());
    place_ = {
        "127.66." + std::to_string(number / 250 % 250) + "." + std::to_string(number % 250 + 1),
        4004};
  }

  // Serves runs until the master says bye, or until it has done so many.
  std::jthread worker(int runs = 1'000'000, std::string digest = "d1") {
    return std::jthread([this, runs, digest] {
      auto master = connect_to(place_, 30);
      ASSERT_TRUE(master);
      ++connected_;
      connected_.notify_all();
      (void)master->send("hello " + digest);
      for (int done = 0; true;) {
        while (const auto line = master->next_line()) {
          const auto words = words_of(*line);
          if (words[0] != "run") continue;
          if (done++ == runs) return;  // vanishes with a run in its hands
          double sum = 0;
          for (std::size_t at = 2; at < words.size(); ++at) sum += number_of(words[at], "value");
          (void)master->send(sum < 0 ? "failed " + words[1] + " negative"
                                     : "done " + words[1] + ' ' + text_of(sum));
        }
        if (!master->receive()) return;
      }
    });
  }

  // A farm that has its answers goes, and may do so before a slow worker has found it.
  void wait_for_workers(int count) {
    for (int now = connected_; now < count; now = connected_) connected_.wait(now);
  }

  static std::vector<std::vector<double>> batch(int size) {
    std::vector<std::vector<double>> all;
    for (int at = 0; at < size; ++at) all.push_back({at + 0.1, 0.2});
    return all;
  }
  static void expect_sums(const std::vector<Answer>& answers) {
    for (std::size_t at = 0; at < answers.size(); ++at) {
      ASSERT_TRUE(answers[at]);
      EXPECT_EQ(answers[at]->at(0), (static_cast<double>(at) + 0.1) + 0.2);
    }
  }

  Address place_;
  std::atomic<int> connected_ = 0;
  std::vector<std::string> told_;
  std::function<void(const std::string&)> tell_ = [this](const std::string& line) {
    told_.push_back(line);
  };
};

TEST_F(Farms, answer_in_the_order_of_the_batch) {
  std::vector<std::jthread> workers;
  {
    Farm farm(place_, "d1", tell_);
    for (int i = 0; i < 4; ++i) workers.push_back(worker());
    wait_for_workers(4);
    expect_sums(farm.evaluate(batch(40)));
    expect_sums(farm.evaluate(batch(7)));
    EXPECT_EQ(farm.runs_done(), 47u);
  }
}

TEST_F(Farms, give_the_run_of_a_worker_that_vanishes_to_one_that_joins_late) {
  std::vector<std::jthread> workers;
  {
    Farm farm(place_, "d1", tell_);
    workers.push_back(worker(3));
    std::jthread late([&] {
      workers.front().join();
      workers.push_back(worker());
    });
    expect_sums(farm.evaluate(batch(10)));
    late.join();
    EXPECT_EQ(farm.runs_repeated(), 1u);
    EXPECT_EQ(farm.workers_seen(), 2u);
  }
  EXPECT_THAT(told_, Contains(HasSubstr("is gone, its run goes to another")));
}

TEST_F(Farms, refuse_who_works_on_something_else) {
  std::vector<std::jthread> workers;
  {
    Farm farm(place_, "d1", tell_);
    workers.push_back(worker(1'000'000, "d2"));
    std::jthread right([&] {
      workers.front().join();  // it was sent away
      workers.push_back(worker());
    });
    expect_sums(farm.evaluate(batch(3)));
    right.join();
    EXPECT_EQ(farm.workers_seen(), 1u);
  }
  EXPECT_THAT(told_, Contains(HasSubstr("which works on something else")));
}

TEST_F(Farms, have_no_answer_where_the_model_always_fails) {
  std::vector<std::jthread> workers;
  {
    Farm farm(place_, "d1", tell_);
    workers.push_back(worker());
    const auto answers = farm.evaluate({{1, 2}, {-5, 1}});
    EXPECT_TRUE(answers[0]);
    EXPECT_FALSE(answers[1]);
  }
  EXPECT_EQ(std::count_if(told_.begin(), told_.end(),
                          [](const std::string& line) { return line.ends_with("negative"); }),
            3);
}

}  // namespace
}  // namespace estimator
