#include "core/auth/az_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <vector>

#include "core/auth/client_secret.h"
#include "core/auth/token_answer.h"
#include "core/child.h"
#include "core/codec.h"
#include "core/log.h"

namespace dms {
namespace {

struct AzAnswer {
  std::string access_token;
  std::optional<Int64Text> expires_on;  // seconds since 1970; az 2.54 and later
  std::optional<std::string> local_end;

  template <class S = AzAnswer>
  static constexpr auto fields() {
    return std::tuple{required("accessToken", &S::access_token),
                      field("expires_on", &S::expires_on), field("expiresOn", &S::local_end)};
  }
};

// "2026-11-20 21:59:10.000000", in this machine's time zone.
std::optional<Timestamp> parse_local(const std::string& text) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &parts);
  if (!rest || (*rest != '\0' && *rest != '.')) return std::nullopt;
  parts.tm_isdst = -1;
  return moment_of_epoch(std::mktime(&parts));
}

Result<Token> read_answer(const std::string& json, Timestamp now) {
  // The error of decode is dropped: it may quote the text around the fault.
  auto answer = decode<AzAnswer>(json, Missing::refused);
  std::optional<Timestamp> end;
  if (answer && answer->expires_on) end = moment_of_epoch(answer->expires_on->value);
  if (answer && !end && answer->local_end) end = parse_local(*answer->local_end);
  if (!end) {
    return fail(Code::internal,
                "'az account get-access-token' wrote no token that can be read: update az (2.30 "
                "or later is needed)");
  }
  return checked_token(std::move(answer->access_token), *end, now, "az");
}

// The line that says what is wrong, without the advice that az likes to add around it.
std::string first_error_line(std::string_view err) {
  constexpr std::size_t longest = 300;
  const std::size_t mark = err.find("ERROR:");
  if (mark != err.npos) err.remove_prefix(mark + 6);
  err.remove_prefix(std::min(err.find_first_not_of(" \r\n"), err.size()));
  return redact(err.substr(0, std::min(err.find_first_of("\r\n"), longest)));
}

Error failed(const Captured& done) {
  const std::string line = first_error_line(done.err);
  if (done.err.find("az login") != done.err.npos) {
    return fail(Code::permission, fmt::format("az is not logged in: run 'az login' ({})", line));
  }
  return fail(Code::permission,
              fmt::format("az gave no token (exit code {}): {}; run 'az account get-access-token' "
                          "to see why",
                          done.exit_code, line.empty() ? "it said nothing" : line));
}

// A missing or slow az is the user's to set right, and nothing that passes.
Error not_run(Error error, const std::string& program) {
  if (error.code == Code::cancelled) return error;
  if (error.code == Code::not_found) {
    error.message = fmt::format(
        "the program '{}' is not there: install the Azure CLI and run 'az login', or set "
        "_AAD_TENANT_ID, _AAD_CLIENT_ID and _AAD_CLIENT_SECRET",
        program);
  } else {
    error.message += "; run 'az account get-access-token' to see why";
  }
  error.code = Code::permission;
  return error;
}

}  // namespace

Result<Token> AzProgram::token(const std::string& resource, std::stop_token stop) {
  std::vector<std::string> argv = {
      options_.program, "account", "get-access-token", "--resource", resource, "--output", "json"};
  if (!options_.tenant.empty()) {
    DMS_CHECK(check_tenant(options_.tenant));
    argv.insert(argv.end(), {"--tenant", options_.tenant});
  }
  constexpr std::size_t output_limit = 256 * 1024;
  const auto done = run_captured(
      argv, {.limit = options_.limit, .output_limit_bytes = output_limit, .stop = std::move(stop)});
  if (!done) return not_run(done.error(), options_.program);
  if (done->exit_code != 0) return failed(*done);
  return read_answer(done->out, clock_.now());
}

}  // namespace dms

DMS_CODEC(dms::AzAnswer);
