// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

using namespace capricorn;

/// Words of which applications make types of their own, beside `using namespace capricorn;`: none
/// of them is a name of ours, or this does not compile. Those of asyncio, ASGI and FastAPI (Event,
/// Scope, Query...) are.
namespace {

// clang-format off
struct Account {}; struct Action {}; struct Activity {}; struct Address {}; struct Age {};
struct Alert {}; struct Amount {}; struct Answer {}; struct Archive {}; struct Area {};
struct Article {}; struct Artist {}; struct Asset {}; struct Author {}; struct Balance {};
struct Bank {}; struct Batch {}; struct Board {}; struct Book {}; struct Booking {};
struct Branch {}; struct Budget {}; struct Cache {}; struct Calendar {}; struct Car {};
struct Card {}; struct Cart {}; struct Cat {}; struct Category {}; struct Change {};
struct Channel {}; struct Chat {}; struct Choice {}; struct City {}; struct Claims {};
struct Client {}; struct Clock {}; struct Color {}; struct Column {}; struct Command {};
struct Comment {}; struct Company {}; struct Component {}; struct Config {}; struct Connection {};
struct Constraint {}; struct Contact {}; struct Controller {}; struct Counter {}; struct Country {}; struct Coupon {};
struct Course {}; struct Credentials {}; struct Currency {}; struct Customer {}; struct Data {};
struct Database {}; struct Day {}; struct Delivery {}; struct Department {}; struct Device {};
struct Direction {}; struct Discount {}; struct Doctor {}; struct Document {}; struct Dog {};
struct Domain {}; struct Email {}; struct Employee {}; struct Endpoint {}; struct Engine {}; struct Enumerator {}; struct Entry {};
struct Environment {}; struct Error {}; struct Expense {}; struct Feature {}; struct Feed {};
struct Filter {}; struct Flight {}; struct Friend {}; struct Game {}; struct Graph {};
struct Group {}; struct Guest {}; struct Handler {}; struct Hotel {}; struct Image {};
struct Index {}; struct Info {}; struct Ingredient {}; struct Input {}; struct Interval {};
struct Invite {}; struct Invoice {}; struct Issue {}; struct Item {}; struct Job { int id; }; struct User { std::string name; };
struct Key {}; struct Kind {}; struct Label {}; struct Language {}; struct Lesson {};
struct Level {}; struct Like {}; struct Line {}; struct Link {}; struct List {};
struct Location {}; struct Log {}; struct Logger {}; struct Manager {}; struct Map {};
struct Matrix {}; struct Measurement {}; struct Media {}; struct Meeting {}; struct Member {};
struct Menu {}; struct Message {}; struct Metadata {}; struct Metric {}; struct Model {}; struct Module {};
struct Money {}; struct Mount {}; struct Movie {}; struct Name {}; struct Network {};
struct Node {}; struct Note {}; struct Nothing {}; struct Notification {}; struct Number {};
struct Object {}; struct Operation {}; struct Option {}; struct Options {}; struct Order {};
struct Organization {}; struct Output {}; struct Package {}; struct Page {}; struct Params {};
struct Password {}; struct Patient {}; struct Payload {}; struct Payment {}; struct Permission {};
struct Person {}; struct Pet {}; struct Phone {}; struct Photo {}; struct Player {};
struct Point {}; struct Poll {}; struct Port {}; struct Position {}; struct Post {};
struct Product {}; struct Profile {}; struct Project {}; struct Question {}; struct Quiz {};
struct Range {}; struct Rating {}; struct Reading {}; struct Recipe {}; struct Record {};
struct Region {}; struct Release {}; struct Reminder {}; struct Reply {}; struct Report {};
struct Reservation {}; struct Result {}; struct Review {}; struct Role {}; struct Room {};
struct Route {}; struct Row {}; struct Sample {}; struct Schedule {}; struct School {};
struct Score {}; struct Section {}; struct Sensor {}; struct Service {}; struct Session { Job job; User user; };
struct Settings {}; struct Shape {}; struct Shop {}; struct Signal {}; struct Size {};
struct Slot {}; struct Snapshot {}; struct Song {}; struct Sort {}; struct Stack {};
struct State {}; struct Station {}; struct Stats {}; struct Status {}; struct Step {};
struct Stock {}; struct Store {}; struct Story {}; struct Student {}; struct Subscription {};
struct Summary {}; struct Symbol {}; struct Table {}; struct Tag {}; struct Teacher {};
struct Team {}; struct Template {}; struct Tenant {}; struct Text {}; struct Thread {};
struct Ticket {}; struct Timer {}; struct Todo {}; struct Token {}; struct Topic {};
struct Transaction {}; struct Transfer {}; struct Tree {}; struct Type {}; struct Upload {};
struct Url {};  struct Value {}; struct Vehicle {}; struct Version {};
struct Video {}; struct View {}; struct Visit {}; struct Vote {}; struct Wallet {};
struct Warehouse {}; struct Weather {}; struct Widget {}; struct Worker {}; struct Workspace {};
struct Zone {};

template <class... T>
struct Names {
  static constexpr std::size_t kCount = sizeof...(T);
};
using Used = Names<Account, Action, Activity, Address, Age, Alert, Amount, Answer, Archive,
Area, Article, Artist, Asset, Author, Balance, Bank, Batch, Board, Book, Booking, Branch,
Budget, Cache, Calendar, Car, Card, Cart, Cat, Category, Change, Channel, Chat, Choice, City,
Claims, Client, Clock, Color, Column, Command, Comment, Company, Component, Config, Connection,
Constraint, Contact, Controller, Counter, Country, Coupon, Course, Credentials, Currency, Customer, Data,
Database, Day, Delivery, Department, Device, Direction, Discount, Doctor, Document, Dog, Domain,
Email, Employee, Endpoint, Engine, Enumerator, Entry, Environment, Error, Expense, Feature, Feed, Filter, Flight,
Friend, Game, Graph, Group, Guest, Handler, Hotel, Image, Index, Info, Ingredient, Input,
Interval, Invite, Invoice, Issue, Item, Job, Key, Kind, Label, Language, Lesson, Level, Like,
Line, Link, List, Location, Log, Logger, Manager, Map, Matrix, Measurement, Media, Meeting,
Member, Menu, Message, Metadata, Metric, Model, Module, Money, Mount, Movie, Name, Network, Node, Note,
Nothing, Notification, Number, Object, Operation, Option, Options, Order, Organization, Output,
Package, Page, Params, Password, Patient, Payload, Payment, Permission, Person, Pet, Phone,
Photo, Player, Point, Poll, Port, Position, Post, Product, Profile, Project, Question, Quiz,
Range, Rating, Reading, Recipe, Record, Region, Release, Reminder, Reply, Report, Reservation,
Result, Review, Role, Room, Route, Row, Sample, Schedule, School, Score, Section, Sensor,
Service, Session, Settings, Shape, Shop, Signal, Size, Slot, Snapshot, Song, Sort, Stack, State,
Station, Stats, Status, Step, Stock, Store, Story, Student, Subscription, Summary, Symbol,
Table, Tag, Teacher, Team, Template, Tenant, Text, Thread, Ticket, Timer, Todo, Token, Topic,
Transaction, Transfer, Tree, Type, Upload, Url, User, Value, Vehicle, Version, Video, View,
Visit, Vote, Wallet, Warehouse, Weather, Widget, Worker, Workspace, Zone>;
// clang-format on
static_assert(Used::kCount == 245);

}  // namespace

TEST_CASE("models may have the names that applications have for theirs") {
  App app;
  app.post("/sessions", [](Body<Session> session) -> Task<Session> { co_return *session; });
  TestClient client(app);
  const auto response = client.post("/sessions", {.json = Session{{5}, {"me"}}});
  CHECK(response.text() == R"({"job":{"id":5},"user":{"name":"me"}})");
  CHECK(app.openapi()["components"]["schemas"].contains("Session"));
}
