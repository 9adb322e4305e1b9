#include "batch/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace dms::batch {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(BatchErrors, every_code_stands_once) {
  std::set<std::string_view> codes;
  for (const ErrorRow& row : all_errors()) EXPECT_TRUE(codes.insert(row.code).second) << row.code;
}

// How many codes the service documents for each status.
TEST(BatchErrors, the_table_is_complete) {
  std::map<int, int> found;
  for (const ErrorRow& row : all_errors()) ++found[row.http_status];
  const std::map<int, int> documented = {{400, 35}, {403, 5}, {404, 14}, {405, 1}, {409, 46},
                                         {411, 1},  {412, 1}, {413, 1},  {416, 1}, {429, 1},
                                         {500, 2},  {501, 1}, {503, 2}};
  EXPECT_EQ(found, documented);
}

TEST(BatchErrors, every_message_is_a_sentence) {
  for (const ErrorRow& row : all_errors()) {
    ASSERT_FALSE(row.message.empty()) << row.code;
    EXPECT_TRUE(row.message.front() >= 'A' && row.message.front() <= 'Z') << row.code;
    EXPECT_EQ(row.message.back(), '.') << row.code;
    EXPECT_EQ(row.message.find('\n'), std::string_view::npos) << row.code;
  }
}

TEST(BatchErrors, only_names_that_end_in_exists_mean_already_exists) {
  for (const ErrorRow& row : all_errors())
    EXPECT_EQ(row.meaning == Code::already_exists, row.code.ends_with("Exists")) << row.code;
}

TEST(BatchErrors, missing_things_are_not_found) {
  for (const ErrorRow& row : all_errors()) {
    if (row.http_status == 404) {
      EXPECT_EQ(row.meaning, Code::not_found) << row.code;
    }
  }
}

TEST(BatchErrors, a_busy_service_may_be_asked_again) {
  for (const std::string_view code :
       {"ServerBusy", "TooManyRequests", "InternalError", "TooManyEnableAutoScaleRequests"})
    EXPECT_EQ(find_error(code)->meaning, Code::unavailable) << code;
  EXPECT_EQ(find_error("OperationTimedOut")->meaning, Code::timeout);
}

TEST(BatchErrors, a_used_up_quota_is_exhausted_not_a_conflict) {
  EXPECT_EQ(find_error("PoolQuotaReached")->meaning, Code::exhausted);
  EXPECT_EQ(find_error("ActiveJobAndScheduleQuotaReached")->meaning, Code::exhausted);
}

TEST(BatchErrors, an_unknown_code_has_no_row) {
  EXPECT_EQ(find_error("PoolOnFire"), nullptr);
  EXPECT_EQ(find_error(""), nullptr);
  EXPECT_EQ(find_error("poolexists"), nullptr);
}

TEST(BatchErrors, the_services_side_makes_an_error_of_a_row) {
  const Error error = batch_error("PoolBeingResized");
  EXPECT_EQ(error.code, Code::conflict);
  EXPECT_EQ(error.http_status, 409);
  EXPECT_EQ(error.service_code, "PoolBeingResized");
  EXPECT_EQ(error.message, "The specified pool is being resized.");
  EXPECT_EQ(batch_error("JobNotFound", "job 'j'").message,
            "The specified job does not exist. job 'j'");
}

Response refusal(int status, std::string body) {
  return {.status = status, .headers = {{"Request-Id", "r-7"}}, .body = std::move(body)};
}

TEST(BatchErrors, an_answer_tells_code_first_line_values_and_request) {
  const Error error = error_of_response(refusal(
      400,
      R"({"odata.metadata":"m","code":"InvalidPropertyValue","message":{"lang":"en-US",)"
      R"("value":"The value is invalid.\nRequestId:r\nTime:t"},)"
      R"("values":[{"key":"PropertyName","value":"vmSize"},{"key":"Reason","value":"no such."}]})"));
  EXPECT_EQ(error.code, Code::invalid_argument);
  EXPECT_EQ(error.http_status, 400);
  EXPECT_EQ(error.service_code, "InvalidPropertyValue");
  EXPECT_EQ(error.request_id, "r-7");
  EXPECT_EQ(error.message,
            "InvalidPropertyValue: The value is invalid (PropertyName: vmSize, Reason: no such)");
}

TEST(BatchErrors, an_unknown_code_is_read_by_its_status) {
  const auto code_of = [](int status) {
    return error_of_response(refusal(status, R"({"code":"Newcomer"})")).code;
  };
  EXPECT_EQ(code_of(400), Code::invalid_argument);
  EXPECT_EQ(code_of(401), Code::permission);
  EXPECT_EQ(code_of(404), Code::not_found);
  EXPECT_EQ(code_of(409), Code::conflict);
  EXPECT_EQ(code_of(412), Code::conflict);
  EXPECT_EQ(code_of(429), Code::unavailable);
  EXPECT_EQ(code_of(500), Code::unavailable);
  EXPECT_EQ(code_of(504), Code::timeout);
  EXPECT_EQ(code_of(302), Code::internal);
}

TEST(BatchErrors, an_answer_that_is_not_the_services_keeps_its_first_line) {
  const Error error = error_of_response(refusal(502, "<html>bad gateway</html>\nmore"));
  EXPECT_EQ(error.code, Code::unavailable);
  EXPECT_EQ(error.message, "HTTP status 502: <html>bad gateway</html>");
  EXPECT_EQ(error.service_code, "");
  EXPECT_EQ(error_of_response(refusal(404, "")).message, "HTTP status 404");
  EXPECT_EQ(error_of_response(refusal(404, "{}")).code, Code::not_found);
}

TEST(BatchErrors, a_sas_in_an_answer_does_not_reach_the_message) {
  const Error error = error_of_response(refusal(
      400, R"({"code":"InvalidPropertyValue","message":{"value":"Bad."},"values":)"
           R"([{"key":"PropertyValue","value":"https://a.example/c?sv=1&sig=s3cr3t%3D"}]})"));
  EXPECT_THAT(error.message, HasSubstr("https://a.example/c"));
  EXPECT_THAT(error.message, Not(HasSubstr("s3cr3t")));
}

TEST(BatchErrors, tell_programs_which_property_is_wrong) {
  const Error error = invalid_property("networkConfiguration.subnetId", "/x?sig=s3cr3t%3D", "no");
  EXPECT_EQ(error.details, (std::vector<Detail>{{"PropertyName", "subnetId"},
                                                {"PropertyValue", "/x?sig=REDACTED"},
                                                {"Reason", "no"}}));
  EXPECT_THAT(error.message, HasSubstr("networkConfiguration.subnetId is '/x?sig=REDACTED': no"));
  EXPECT_EQ(error.http_status, 400);
  EXPECT_EQ(invalid_property("nodeList[3]", "n", "").details[0].value, "nodeList");
}

TEST(BatchErrors, travel_from_service_to_client_with_their_details) {
  const Error sent = property_error("UnsupportedProperty", "mountConfiguration", {}, "not here");
  const Error got = error_of_response(refusal(400, encode(body_of_error(sent, "\nRequestId:1"))));
  EXPECT_EQ(got.service_code, "UnsupportedProperty");
  EXPECT_EQ(got.details, sent.details);
  EXPECT_EQ(got.message.find("RequestId"), std::string::npos);
}

TEST(BatchErrors, an_error_inside_of_an_answer_takes_its_status_from_the_table) {
  const Error error = error_of_body({.code = "TaskExists"});
  EXPECT_EQ(error.http_status, 409);
  EXPECT_EQ(error.code, Code::already_exists);
}

}  // namespace
}  // namespace dms::batch
