# Language level, warnings and sanitizers: one place, so that every target obeys the same rules.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")  # as Debian builds; -O3 gains nothing measurable here

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# A unique (STB_GNU_UNIQUE) symbol keeps a module mapped after dlclose: a reload would run old code.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-gnu-unique>)
endif()

add_library(audio_stream_rules INTERFACE)
target_compile_options(audio_stream_rules INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wformat=2 -Wimplicit-fallthrough -Werror
  # GCC 12 sees overlaps in any "literal" + std::string once it optimizes (GCC bug 105651), and, where
  # headers are precompiled, bounds broken inside std::string. Clang and GCC 13 keep these warnings.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict\;-Wno-array-bounds\;-Wno-stringop-overflow\;-Wno-stringop-overread>)

# CI compiles several files as one (-DCMAKE_UNITY_BUILD=ON), no preset does. Where the names of two files clash, one of
# them gets SKIP_UNITY_BUILD_INCLUSION; no name is chosen for it.
if(CMAKE_UNITY_BUILD)
  # Files that are compiled as one shadow each other's names. The presets keep this warning.
  target_compile_options(audio_stream_rules INTERFACE -Wno-shadow)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC takes a file that is included for a header, where unnamed namespaces would be wrong.
  add_compile_options(-Wno-subobject-linkage)
endif()

# Clang leaves a sanitizer's functions to the program that loads a shared object.
set(AUDIO_STREAM_NO_UNDEFINED -Wl,--no-undefined)
set(AUDIO_STREAM_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
if(AUDIO_STREAM_SANITIZE)
  add_compile_options(-fsanitize=${AUDIO_STREAM_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${AUDIO_STREAM_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    set(AUDIO_STREAM_NO_UNDEFINED "")
  endif()
  if(AUDIO_STREAM_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  if(AUDIO_STREAM_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # Boost uses fences; our own code does not
  endif()
endif()
