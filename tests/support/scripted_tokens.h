// A TokenSource for tests that follows a script and fails the test when the script is left.
//
// Each expectation is a token's text and life, or an error; `during` runs while the source is
// asked. Thread-safe.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/auth/token.h"
#include "core/clock.h"

namespace dms {

class ScriptedTokens final : public TokenSource {
 public:
  using During = std::function<void(std::stop_token)>;

  explicit ScriptedTokens(Clock& clock) : clock_(clock) {}
  ~ScriptedTokens() override {
    for (std::size_t i = 0; i < steps_.size(); ++i) ADD_FAILURE() << "a token was not asked for";
  }

  void expect(std::string text, std::chrono::seconds life, During during = {}) {
    const std::lock_guard lock(mutex_);
    steps_.push_back({std::pair(std::move(text), life), std::move(during)});
  }
  void expect(Error error, During during = {}) {
    const std::lock_guard lock(mutex_);
    steps_.push_back({std::move(error), std::move(during)});
  }

  Result<Token> token(const std::string& resource, std::stop_token stop) override {
    Step step;
    {
      const std::lock_guard lock(mutex_);
      resources_.push_back(resource);
      if (steps_.empty()) {
        ADD_FAILURE() << "a token for " << resource << " was asked for that the script lacks";
        return fail(Code::internal, "the script has no more tokens");
      }
      step = std::move(steps_.front());
      steps_.pop_front();
    }
    if (step.during) step.during(std::move(stop));
    if (const auto* error = std::get_if<Error>(&step.outcome)) return *error;
    const auto& [text, life] = std::get<std::pair<std::string, std::chrono::seconds>>(step.outcome);
    return Token{text, {clock_.now().at + life}};
  }

  // The resource of each call, in order.
  std::vector<std::string> resources() const {
    const std::lock_guard lock(mutex_);
    return resources_;
  }

 private:
  struct Step {
    std::variant<Error, std::pair<std::string, std::chrono::seconds>> outcome;
    During during;
  };

  Clock& clock_;
  mutable std::mutex mutex_;
  std::deque<Step> steps_;
  std::vector<std::string> resources_;
};

}  // namespace dms
