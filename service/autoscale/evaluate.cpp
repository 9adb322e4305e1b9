#include "service/autoscale/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "service/autoscale/lexer.h"
#include "service/autoscale/tree.h"
#include "service/core/ids.h"

namespace dms::service::autoscale {
namespace {

using batch::AutoScaleRunError;
using batch::NodeDeallocationOption;

// Gives an error its place. Each operation is placed where it is called, and its operands are
// evaluated before, so no error is placed twice.
template <class T>
Result<T> at(Position place, Result<T> result) {
  if (result) return result;
  result.error().message = placed(place, result.error().message);
  return result;
}

// What a formula may set, as its statements have left it.
struct State {
  int target_dedicated = 0;
  int target_low_priority = 0;
  std::optional<NodeDeallocationOption> option;
  std::vector<std::optional<Value>> own;  // by the place of their names
};

Result<int> target_of(Setting setting, const Value& value) {
  const auto number = as_number(value);
  if (!number)
    return fail(Code::invalid_argument,
                fmt::format("{} needs a double, not a {}", text_of(setting), type_name(value)));
  constexpr double most = std::numeric_limits<int>::max();
  return int(std::clamp(*number, 0.0, most));
}

class Evaluator {
 public:
  Evaluator(const Tree& tree, const Inputs& inputs)
      : tree_(tree),
        inputs_(inputs),
        surroundings_{inputs.now, inputs.random},
        state_{.target_dedicated = inputs.target_dedicated,
               .target_low_priority = inputs.target_low_priority,
               .own = std::vector<std::optional<Value>>(tree.own_names.size())} {}

  Status run() {
    for (const Statement& statement : tree_.statements) {
      auto value = value_of(statement.value);
      if (stopped_) return ok();
      if (!value) return std::move(value).error();
      DMS_CHECK(at(statement.at, assign(statement.target, *std::move(value))));
    }
    return ok();
  }

  const State& state() const { return state_; }

 private:
  Status assign(const Target& target, Value value) {
    if (const auto* setting = std::get_if<Setting>(&target)) return assign(*setting, value);
    if (const auto* own = std::get_if<OwnVariable>(&target))
      state_.own[own->index] = std::move(value);
    return ok();
  }

  Status assign(Setting setting, const Value& value) {
    if (setting != Setting::node_deallocation_option) {
      DMS_TRY(const int target, target_of(setting, value));
      (setting == Setting::target_dedicated_nodes ? state_.target_dedicated
                                                  : state_.target_low_priority) = target;
      return ok();
    }
    const auto* option = std::get_if<NodeDeallocationOption>(&value);
    if (!option)
      return fail(Code::invalid_argument,
                  fmt::format("{} needs requeue, terminate, taskcompletion or retaineddata without "
                              "quotes, not a {}",
                              text_of(setting), type_name(value)));
    state_.option = *option;
    return ok();
  }

  Result<Value> value_of(NodeIndex index) {
    const Node& node = tree_.nodes[index];
    return std::visit([&](const auto& what) { return value_of(node.at, what); }, node.what);
  }

  Result<Value> value_of(Position, const Value& value) { return value; }

  Result<Value> value_of(Position, Setting setting) {
    switch (setting) {
      case Setting::target_dedicated_nodes: return Value(double(state_.target_dedicated));
      case Setting::target_low_priority_nodes: return Value(double(state_.target_low_priority));
      case Setting::node_deallocation_option: break;
    }
    return Value(state_.option.value_or(NodeDeallocationOption::requeue));
  }

  Result<Value> value_of(Position, Metric metric) {
    switch (metric) {
      case Metric::current_dedicated_nodes: return Value(double(inputs_.current_dedicated));
      case Metric::current_low_priority_nodes: return Value(double(inputs_.current_low_priority));
      case Metric::preempted_node_count: return Value(double(inputs_.preempted));
      default: return Value(double(inputs_.task_slots_per_node));
    }
  }

  // The parser lets no variable be read before a statement sets it.
  Result<Value> value_of(Position, OwnVariable own) { return *state_.own[own.index]; }

  Result<Value> value_of(Position place, const Unary& unary) {
    DMS_TRY(const Value operand, value_of(unary.operand));
    return at(place, apply(unary.op, operand));
  }

  Result<Value> value_of(Position, const Chain& chain) {
    DMS_TRY(Value left, value_of(chain.first));
    for (const Chain::Link& link : chain.links) {
      if (decides(link.op, left)) {
        left = double(link.op == BinaryOperator::either);
        continue;
      }
      DMS_TRY(const Value right, value_of(link.operand));
      DMS_TRY(left, at(link.at, apply(link.op, left, right)));
    }
    return left;
  }

  static bool decides(BinaryOperator op, const Value& left) {
    const auto number = as_number(left);
    if (op == BinaryOperator::either) return number && *number != 0;
    return op == BinaryOperator::both && number && *number == 0;
  }

  Result<Value> value_of(Position place, const Choice& choice) {
    DMS_TRY(const Value condition, value_of(choice.condition));
    DMS_TRY(const bool yes, at(place, holds(condition)));
    return value_of(yes ? choice.yes : choice.no);
  }

  Result<std::vector<Value>> values_of(const std::vector<NodeIndex>& nodes) {
    std::vector<Value> values;
    values.reserve(nodes.size());
    for (const NodeIndex node : nodes) {
      DMS_TRY(Value value, value_of(node));
      values.push_back(std::move(value));
    }
    return values;
  }

  Result<Value> value_of(Position place, const FunctionCall& function) {
    if (function.function == Function::stop) {
      stopped_ = true;  // run() looks at this before the error, which only unwinds
      return fail(Code::cancelled, "stopped");
    }
    DMS_TRY(const auto arguments, values_of(function.arguments));
    return at(place, call(function.function, arguments, surroundings_));
  }

  Result<Value> value_of(Position place, const SampleCall& sample) {
    DMS_TRY(const auto arguments, values_of(sample.arguments));
    return at(place, call(sample.method, sample.metric, arguments, inputs_.samples, inputs_.now));
  }

  Result<Value> value_of(Position place, const Part& part) {
    DMS_TRY(const Value moment, value_of(part.moment));
    if (const auto* timestamp = std::get_if<Timestamp>(&moment))
      return Value(double(part_of(*timestamp, part.part)));
    return at<Value>(
        place, fail(Code::invalid_argument, fmt::format("a {} has no {}; a timestamp has",
                                                        type_name(moment), text_of(part.part))));
  }

  const Tree& tree_;
  const Inputs& inputs_;
  const Surroundings surroundings_;
  State state_;
  bool stopped_ = false;
};

std::string settings_text(const Evaluation& run) {
  return fmt::format(
      "{}={};{}={};{}={}", text_of(Setting::target_dedicated_nodes), run.target_dedicated,
      text_of(Setting::target_low_priority_nodes), run.target_low_priority,
      text_of(Setting::node_deallocation_option),
      text_of(run.node_deallocation_option.value_or(NodeDeallocationOption::requeue)));
}

// Those that were set before a stop(), sorted by name.
std::string own_text(const Tree& tree, const State& state) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < state.own.size(); ++i)
    if (state.own[i]) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto ordering = compare_ignoring_case(tree.own_names[a], tree.own_names[b]);
    return ordering != 0 ? ordering < 0 : tree.own_names[a] < tree.own_names[b];
  });
  std::string text;
  for (const std::size_t i : order)
    text.append(";").append(tree.own_names[i]).append("=").append(text_of_value(*state.own[i]));
  return text;
}

Evaluation unchanged(const Inputs& inputs, AutoScaleRunError error) {
  Evaluation run{.target_dedicated = inputs.target_dedicated,
                 .target_low_priority = inputs.target_low_priority,
                 .error = std::move(error)};
  run.results = settings_text(run);
  return run;
}

AutoScaleRunError run_error(const Error& error) {
  if (error.service_code == insufficient_samples)
    return {std::string(insufficient_samples),
            "Autoscale evaluation failed due to insufficient sample data",
            {{"Message", error.message}}};
  return {"AutoScalingFormulaEvaluationError",
          "The specified autoscale formula could not be evaluated.",
          {{"Message", error.message}}};
}

}  // namespace

Evaluation evaluate(const Formula& formula, const Inputs& inputs) {
  Evaluator evaluator(formula.tree(), inputs);
  if (const auto status = evaluator.run(); !status)
    return unchanged(inputs, run_error(status.error()));
  const State& state = evaluator.state();
  Evaluation run{.target_dedicated = state.target_dedicated,
                 .target_low_priority = state.target_low_priority,
                 .node_deallocation_option = state.option};
  run.results = settings_text(run) + own_text(formula.tree(), state);
  return run;
}

Evaluation refused(const Error& parse_error, const Inputs& inputs) {
  return unchanged(inputs, run_error(parse_error));
}

}  // namespace dms::service::autoscale
