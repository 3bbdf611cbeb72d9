#include "audio/mapped_pages.hpp"

#include <sys/mman.h>

#include <new>

namespace audio_stream::audio {

MappedPages::MappedPages(std::size_t size)
    : begin_{::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)},
      size_{size} {
  if (begin_ == MAP_FAILED) throw std::bad_alloc{};
}

MappedPages::~MappedPages() {
  if (size_ > 0) ::munmap(begin_, size_);
}

void MappedPages::populate() const noexcept {
#ifdef MADV_POPULATE_WRITE
  if (size_ > 0) static_cast<void>(::madvise(begin_, size_, MADV_POPULATE_WRITE));
#endif
}

void MappedPages::discard() const noexcept {
  if (size_ > 0) static_cast<void>(::madvise(begin_, size_, MADV_DONTNEED));
}

}  // namespace audio_stream::audio
