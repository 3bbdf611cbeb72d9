// Measures OpenSSL's own encryption of a message of 20 ms, AES-GCM, into memory: the lower bound
// for streams over TLS. With one connection its state stays in the caches, with 200 it does not.
#include <benchmark/benchmark.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <vector>

namespace {

// 20 ms of L16 at 8 kHz, and the header of a client's WebSocket frame.
constexpr std::size_t kMessage = 320 + 8;

struct Release {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
using Context = std::unique_ptr<SSL_CTX, Release>;
using Ssl = std::unique_ptr<SSL, Release>;

/// Without certificates, which do not affect the cost of a record.
Context anonymous(const SSL_METHOD* method) {
  Context context{SSL_CTX_new(method)};
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_dh_auto(context.get(), 1);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);  // as in the module's connections
  if (SSL_CTX_set_cipher_list(context.get(), "ADH-AES256-GCM-SHA384:@SECLEVEL=0") != 1) {
    throw std::runtime_error{"this OpenSSL has no such cipher"};
  }
  return context;
}

/// The client's and the server's end, in one thread.
class Pair {
 public:
  Pair(SSL_CTX& client, SSL_CTX& server) : client_{SSL_new(&client)}, server_{SSL_new(&server)} {
    BIO* near = nullptr;
    BIO* far = nullptr;
    if (BIO_new_bio_pair(&near, 1U << 16U, &far, 1U << 16U) != 1) throw std::bad_alloc{};
    SSL_set_bio(client_.get(), near, near);
    SSL_set_bio(server_.get(), far, far);
    SSL_set_connect_state(client_.get());
    SSL_set_accept_state(server_.get());
    far_ = far;
    for (int i = 0; i < 10; ++i) {
      SSL_do_handshake(client_.get());
      SSL_do_handshake(server_.get());
    }
    if (SSL_is_init_finished(client_.get()) != 1) throw std::runtime_error{"no handshake"};
  }

  void encrypt(const std::vector<char>& message) {
    SSL_write(client_.get(), message.data(), static_cast<int>(message.size()));
    char* rest = nullptr;  // the ciphertext is discarded
    while (BIO_nread(far_, &rest, 1 << 16) > 0) {
    }
  }

 private:
  Ssl client_;
  Ssl server_;
  BIO* far_ = nullptr;
};

void encrypt(benchmark::State& state) {
  const Context client = anonymous(TLS_client_method());
  const Context server = anonymous(TLS_server_method());
  std::vector<std::unique_ptr<Pair>> pairs;
  pairs.reserve(static_cast<std::size_t>(state.range(0)));
  for (int i = 0; i < state.range(0); ++i) {
    pairs.push_back(std::make_unique<Pair>(*client, *server));
  }
  const std::vector<char> message(kMessage, 'x');
  std::size_t turn = 0;
  for ([[maybe_unused]] const auto _ : state) pairs[turn++ % pairs.size()]->encrypt(message);
}

}  // namespace

BENCHMARK(encrypt)->ArgName("connections")->Arg(1)->Arg(200);

BENCHMARK_MAIN();
