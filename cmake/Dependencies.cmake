# Every library we lean on. All of them are Debian packages: script/install-deps names them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json 3.9 REQUIRED)
find_package(tl-expected REQUIRED)
pkg_check_modules(SPEEXDSP REQUIRED IMPORTED_TARGET speexdsp)
pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson>=3.0)
pkg_check_modules(SNDFILE REQUIRED IMPORTED_TARGET sndfile)
pkg_check_modules(OPUS REQUIRED IMPORTED_TARGET opus)
pkg_check_modules(PUGIXML REQUIRED IMPORTED_TARGET pugixml)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
find_package(Boost 1.74 REQUIRED)  # headers only: Asio and Beast

# Header-only Boost, spared our warnings and told not to bring in what we do not use.
add_library(audio_stream_boost INTERFACE)
target_include_directories(audio_stream_boost SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
# Without its assertions, as in a release: one of Beast's is wrong of an empty last fragment that a server
# may send, and sanitizers shall see what is released.
target_compile_definitions(audio_stream_boost INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ERROR_CODE_HEADER_ONLY BOOST_DISABLE_ASSERTS)
if(Boost_VERSION VERSION_LESS 1.81)
  target_compile_definitions(audio_stream_boost INTERFACE BOOST_BEAST_USE_STD_STRING_VIEW)
endif()
target_link_libraries(audio_stream_boost INTERFACE Threads::Threads)

# The switch: FreeSWITCH where it is installed. The simulator is always built, since the tests use it.
pkg_check_modules(FREESWITCH QUIET IMPORTED_TARGET freeswitch>=1.10)
if(FREESWITCH_FOUND)
  # What was found once is found again, also where CMake runs without the user's PKG_CONFIG_PATH.
  set(ENV{PKG_CONFIG_PATH} "${FREESWITCH_LIBDIR}/pkgconfig:$ENV{PKG_CONFIG_PATH}")
  pkg_get_variable(FREESWITCH_MODULES_DIR freeswitch modulesdir)
  pkg_get_variable(FREESWITCH_CONF_DIR freeswitch confdir)
  pkg_get_variable(FREESWITCH_LIB_DIR freeswitch libdir)
  message(STATUS "Switch: FreeSWITCH ${FREESWITCH_VERSION}; modules go to ${FREESWITCH_MODULES_DIR}")
else()
  message(STATUS "Switch: the simulator only (pkg-config finds no freeswitch), "
                 "so no FreeSWITCH can load the module built here")
endif()
