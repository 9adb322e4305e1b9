// Built on Asio's coroutines.
//
// Everything of Server runs on the one I/O thread, so it has no locks.
#include "service/http_front.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "core/log.h"
#include "service/http_connection.h"
#include "service/http_listener.h"

namespace dms::service {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::steady_clock;

constexpr auto or_error_code = asio::as_tuple(asio::use_awaitable);

}  // namespace

class HttpFront::Server {
 public:
  Server(FrontOptions options, Handler& handler, UniqueFd listener);
  ~Server() { stop(); }

  std::uint16_t port() const { return port_; }
  void take(UniqueFd connection);
  void stop();
  steady_clock::time_point last_request() const;
  std::uint64_t requests() const { return connections_.requests; }

 private:
  awaitable<void> accept_all();
  // Cuts the connections whose time is over, again and again.
  awaitable<void> watch_deadlines();
  void begin_stop();

  const FrontOptions options_;
  const std::uint16_t port_;

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> keep_running_{io_.get_executor()};
  asio::posix::stream_descriptor listener_{io_};
  asio::steady_timer tick_{io_};
  asio::thread_pool pool_;
  HttpConnections connections_;

  std::once_flag stopped_;
  std::jthread io_thread_;  // last: it uses all of the above
};

HttpFront::Server::Server(FrontOptions options, Handler& handler, UniqueFd listener)
    : options_(std::move(options)),
      port_(port_of(listener)),
      pool_(static_cast<std::size_t>(std::max(options_.handler_threads, 1))),
      connections_{.options = options_,
                   .handler = CarefulHandler(handler),
                   .own_host = options_.host + ":" + std::to_string(port_),
                   .io = io_,
                   .pool = pool_,
                   .on_last = [this] {
                     if (connections_.stopping_since) tick_.cancel();
                   }} {
  listener_.assign(listener.release());
  asio::co_spawn(io_, accept_all(), asio::detached);
  asio::co_spawn(io_, watch_deadlines(), asio::detached);
  io_thread_ = std::jthread([this] { io_.run(); });
}

awaitable<void> HttpFront::Server::accept_all() {
  for (;;) {
    auto [error] =
        co_await listener_.async_wait(asio::posix::descriptor_base::wait_read, or_error_code);
    if (error || connections_.stopping_since) co_return;
    UniqueFd fd;
    Accepted accepted = accept_connection(listener_.native_handle(), fd);
    for (; accepted == Accepted::connection;
         accepted = accept_connection(listener_.native_handle(), fd))
      serve_connection(std::move(fd), connections_);
    if (accepted == Accepted::out_of_descriptors) {
      log_warn("no descriptors left for another connection");
      asio::steady_timer pause(io_, std::chrono::milliseconds(100));
      co_await pause.async_wait(or_error_code);
    }
  }
}

void HttpFront::Server::take(UniqueFd connection) {
  asio::post(io_, [this, fd = std::move(connection)]() mutable {
    serve_connection(std::move(fd), connections_);
  });
}

awaitable<void> HttpFront::Server::watch_deadlines() {
  using std::chrono::milliseconds;
  const milliseconds shortest = std::min(options_.idle_timeout, options_.stall_timeout);
  const milliseconds interval = std::clamp(shortest / 4, milliseconds(5), milliseconds(1000));
  while (!connections_.stopping_since || !connections_.open.empty()) {
    tick_.expires_after(connections_.stopping_since ? std::min(interval, milliseconds(100))
                                                    : interval);
    co_await tick_.async_wait(or_error_code);
    const auto now = steady_clock::now();
    for (HttpConnection* connection : connections_.open) connection->cut_when_over(now);
  }
}

void HttpFront::Server::stop() {
  std::call_once(stopped_, [this] {
    asio::post(io_, [this] { begin_stop(); });
    io_thread_.join();
    pool_.join();
  });
}

void HttpFront::Server::begin_stop() {
  connections_.stopping_since = steady_clock::now();
  listener_.close();
  for (HttpConnection* connection : connections_.open) connection->cut_when_waiting();
  tick_.cancel();
  keep_running_.reset();  // what is in work keeps the I/O thread running
}

steady_clock::time_point HttpFront::Server::last_request() const {
  return connections_.in_work > 0 ? steady_clock::now() : connections_.last_request.load();
}

// --- HttpFront ---

Result<std::unique_ptr<HttpFront>> HttpFront::listen(FrontOptions options, Handler& handler) {
  DMS_TRY(UniqueFd listener, listen_on(options.host, options.port));
  try {
    return std::unique_ptr<HttpFront>(
        new HttpFront(std::make_unique<Server>(std::move(options), handler, std::move(listener))));
  } catch (const std::exception& thrown) {
    return fail(Code::exhausted, std::string("cannot serve: ") + thrown.what());
  }
}

HttpFront::HttpFront(std::unique_ptr<Server> server) : server_(std::move(server)) {}
HttpFront::~HttpFront() = default;

std::uint16_t HttpFront::port() const { return server_->port(); }
void HttpFront::serve(UniqueFd connection) { server_->take(std::move(connection)); }
void HttpFront::stop() { server_->stop(); }
steady_clock::time_point HttpFront::last_request() const { return server_->last_request(); }
std::uint64_t HttpFront::requests() const { return server_->requests(); }

}  // namespace dms::service
