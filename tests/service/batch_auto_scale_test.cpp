// What the Batch service answers about autoscale. Source of the expectations: REST reference and
// the recorded answers of Azure; fixture: tests/service/batch_fixture.h.
#include "tests/service/batch_fixture.h"

namespace dms::service {
namespace {

constexpr const char* pool_url = "/pools/p";
constexpr const char* at_first =
    "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue";

class BatchAutoScale : public BatchServiceTest {
 protected:
  BatchAutoScale() {
    add_pool("p", 0);
    tick();
    tick();
  }

  Response enable(const std::string& body, Headers headers = {}) {
    return send("POST", "/pools/p/enableautoscale", body, std::move(headers));
  }
  Response evaluate(const std::string& formula) {
    return send("POST", "/pools/p/evaluateautoscale", R"({"autoScaleFormula":")" + formula + "\"}");
  }
  batch::AutoScaleRun run_of(const std::string& formula) {
    const Response response = evaluate(formula);
    EXPECT_EQ(response.status, 200) << response.body;
    auto run = decode<batch::AutoScaleRun>(response.body);
    EXPECT_TRUE(run) << response.body;
    return run ? *std::move(run) : batch::AutoScaleRun{};
  }
  void enable_two() {
    const Response enabled = enable(
        R"({"autoScaleFormula":"$TargetDedicatedNodes=2","autoScaleEvaluationInterval":"PT06M00S"})");
    ASSERT_EQ(enabled.status, 200) << enabled.body;
    EXPECT_EQ(enabled.body, "");
    EXPECT_EQ(enabled.headers.get("ETag"), clock.now().etag());
    EXPECT_EQ(enabled.headers.get("DataServiceId"), std::string(base) + "/pools/p/enableautoscale");
  }
};

TEST_F(BatchAutoScale, is_seen_in_the_next_look_at_the_pool) {
  enable_two();
  const auto pool = get<batch::Pool>(pool_url);
  EXPECT_EQ(pool.enable_auto_scale, true);
  EXPECT_EQ(pool.auto_scale_evaluation_interval->iso8601(), "PT6M");
  EXPECT_EQ(pool.auto_scale_formula, "$TargetDedicatedNodes=2");
  EXPECT_EQ(pool.target_dedicated_nodes, 2);
  EXPECT_EQ(pool.allocation_state, batch::AllocationState::resizing);
  EXPECT_EQ(pool.auto_scale_run->timestamp, clock.now());
  EXPECT_EQ(pool.auto_scale_run->results, at_first);
  const auto listed = get<batch::Page<batch::Pool>>("/pools?$filter=enableAutoScale%20eq%20true");
  EXPECT_EQ(listed.value.size(), 1u);
}

TEST_F(BatchAutoScale, evaluates_a_formula_without_applying_it) {
  enable_two();
  const Response response = evaluate("$TargetDedicatedNodes=3");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            R"({"odata.metadata":")" + std::string(base) +
                R"(/$metadata#Microsoft.Azure.Batch.Protocol.Entities.AutoScaleRun",)"
                R"("timestamp":")" +
                clock.now().iso8601() +
                R"(","results":"$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;)"
                R"($NodeDeallocationOption=requeue"})");
  EXPECT_EQ(run_of("$samples = 100; $round=3; $maxTasksPerNode = 4; $targetVMs=1;"
                   "$TargetDedicatedNodes=$round")
                .results,
            "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;"
            "$maxTasksPerNode=4;$round=3;$samples=100;$targetVMs=1");
  EXPECT_EQ(get<batch::Pool>(pool_url).target_dedicated_nodes, 2);
}

TEST_F(BatchAutoScale, answers_200_for_a_formula_that_cannot_be_evaluated) {
  enable_two();
  for (const char* formula :
       {"$something_useless", "something_useless", "$TargetDedicatedNodes=$PendingTasks"}) {
    const auto run = run_of(formula);
    ASSERT_TRUE(run.error) << formula;
    EXPECT_EQ(run.error->code, "AutoScalingFormulaEvaluationError");
    EXPECT_TRUE(run.error->message);
    EXPECT_EQ(run.error->values.size(), 1u);
    EXPECT_EQ(run.results, at_first);
  }
}

TEST_F(BatchAutoScale, is_gone_when_disabled_while_the_targets_stay) {
  enable_two();
  EXPECT_EQ(send("POST", "/pools/p/disableautoscale").status, 200);
  const auto pool = get<batch::Pool>(pool_url);
  EXPECT_EQ(pool.enable_auto_scale, false);
  EXPECT_FALSE(pool.auto_scale_run);
  EXPECT_EQ(pool.target_dedicated_nodes, 2);
  EXPECT_EQ(outcome(evaluate("$TargetDedicatedNodes=3")), "409 OperationNotValidOnPool");
}

TEST_F(BatchAutoScale, refusals_have_their_codes) {
  EXPECT_EQ(outcome(evaluate("$TargetDedicatedNodes=3")), "409 OperationNotValidOnPool");
  EXPECT_EQ(outcome(send("POST", "/pools/p/evaluateautoscale", "{}")),
            "400 MissingRequiredProperty");
  EXPECT_EQ(outcome(enable("{}")), "400 InvalidAutoScalingSettings");
  EXPECT_EQ(outcome(enable(R"({"autoScaleFormula":"$TargetDedicatedNodes=="})")),
            "400 AutoScalingFormulaSyntaxError");
  EXPECT_EQ(
      outcome(enable(R"({"autoScaleFormula":"x=1","autoScaleEvaluationInterval":"PT4M59S"})")),
      "400 InvalidPropertyValue");
  EXPECT_EQ(outcome(enable(R"({"autoScaleFormula":"x=1"})", {{"If-Match", "\"0x1\""}})),
            "412 ConditionNotMet");
  EXPECT_EQ(outcome(send("POST", "/pools/q/enableautoscale", R"({"autoScaleFormula":"x=1"})")),
            "404 PoolNotFound");
  EXPECT_EQ(outcome(send("POST", "/pools/q/disableautoscale")), "404 PoolNotFound");
  EXPECT_EQ(outcome(send("POST", "/pools/q/evaluateautoscale", R"({"autoScaleFormula":"x=1"})")),
            "404 PoolNotFound");
  EXPECT_EQ(enable(R"({"autoScaleFormula":"x=1"})").status, 200);
  EXPECT_EQ(outcome(enable(R"({"autoScaleFormula":"x=1"})")), "503 TooManyEnableAutoScaleRequests");
  EXPECT_EQ(outcome(send("POST", "/pools/p/resize", R"({"targetDedicatedNodes":1})")),
            "409 OperationNotValidOnPool");
}

TEST_F(BatchAutoScale, a_pool_is_added_with_its_formula) {
  const Response added = send(
      "POST", "/pools",
      R"({"id":"f","vmSize":"small","enableAutoScale":true,"autoScaleFormula":"$TargetDedicatedNodes=1"})");
  EXPECT_EQ(added.status, 201) << added.body;
  const auto pool = get<batch::Pool>("/pools/f");
  EXPECT_EQ(pool.target_dedicated_nodes, 1);
  EXPECT_EQ(pool.auto_scale_evaluation_interval->iso8601(), "PT15M");
  EXPECT_EQ(outcome(send("POST", "/pools",
                         R"({"id":"g","vmSize":"small","enableAutoScale":true,)"
                         R"("autoScaleFormula":"x=1","targetDedicatedNodes":1})")),
            "400 InvalidAutoScalingSettings");
}

}  // namespace
}  // namespace dms::service
