// SPDX-License-Identifier: MIT
//! hyper on tokio, with serde: hyper-peer PORT, or hyper-peer PORT echo for bare TCP.
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use hyper::header::CONTENT_TYPE;
use hyper::service::{make_service_fn, service_fn};
use hyper::{Body, Method, Request, Response, Server, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[derive(Serialize)]
struct Message {
    message: &'static str,
}

#[derive(Serialize)]
struct User {
    id: i32,
    name: &'static str,
}

#[derive(Serialize, Deserialize)]
struct Size {
    width: f64,
    height: f64,
    depth: f64,
}

#[derive(Serialize, Deserialize)]
struct Review {
    author: String,
    stars: i32,
    text: String,
}

#[derive(Serialize, Deserialize)]
struct Item {
    id: i32,
    name: String,
    price: f64,
    tax: f64,
    active: bool,
    note: String,
    tags: Vec<String>,
    size: Size,
    reviews: Vec<Review>,
}

#[derive(Serialize)]
struct Slept {
    ms: u64,
}

impl Item {
    fn is_valid(&self) -> bool {
        let review_is_valid = |r: &Review| !r.author.is_empty() && (1..=5).contains(&r.stars);
        !self.name.is_empty()
            && self.name.chars().count() <= 100
            && self.price > 0.0
            && self.reviews.iter().all(review_is_valid)
    }
}

fn status(code: StatusCode) -> Response<Body> {
    Response::builder().status(code).body(Body::empty()).unwrap()
}

fn text(body: impl Into<Body>) -> Response<Body> {
    Response::builder().header(CONTENT_TYPE, "text/plain").body(body.into()).unwrap()
}

fn json(value: &impl Serialize) -> Response<Body> {
    let body = serde_json::to_vec(value).unwrap();
    Response::builder().header(CONTENT_TYPE, "application/json").body(Body::from(body)).unwrap()
}

async fn create_item(request: Request<Body>) -> Result<Response<Body>, hyper::Error> {
    let body = hyper::body::to_bytes(request.into_body()).await?;
    Ok(match serde_json::from_slice::<Item>(&body) {
        Ok(item) if item.is_valid() => json(&item),
        _ => status(StatusCode::UNPROCESSABLE_ENTITY),
    })
}

async fn echo(request: Request<Body>) -> Result<Response<Body>, hyper::Error> {
    let content_type = request.headers().get(CONTENT_TYPE).cloned();
    let body = hyper::body::to_bytes(request.into_body()).await?;
    let mut response = Response::new(Body::from(body));
    if let Some(value) = content_type {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    Ok(response)
}

async fn block(query: Option<&str>) -> Response<Body> {
    let ms = query.and_then(|q| q.strip_prefix("ms=")).and_then(|n| n.parse().ok()).unwrap_or(0);
    let sleep = move || std::thread::sleep(Duration::from_millis(ms));
    tokio::task::spawn_blocking(sleep).await.unwrap();
    json(&Slept { ms })
}

fn stream() -> Response<Body> {
    static CHUNK: [u8; 1024] = [b'x'; 1024];
    let (mut sender, body) = Body::channel();
    tokio::spawn(async move {
        for _ in 0..16 {
            if sender.send_data(hyper::body::Bytes::from_static(&CHUNK)).await.is_err() {
                return;
            }
        }
    });
    text(body)
}

async fn handle(request: Request<Body>) -> Result<Response<Body>, hyper::Error> {
    let path = request.uri().path();
    if let Some(id) = path.strip_prefix("/users/") {
        return Ok(match id.parse() {
            Ok(id) => json(&User { id, name: "Alice" }),
            Err(_) => status(StatusCode::UNPROCESSABLE_ENTITY),
        });
    }
    match (request.method(), path) {
        (&Method::GET, "/plain") => Ok(text("Hello, World!")),
        (&Method::GET, "/json") => Ok(json(&Message { message: "Hello, World!" })),
        (&Method::POST, "/items") => create_item(request).await,
        (&Method::POST, "/echo") => echo(request).await,
        (&Method::GET, "/block") => Ok(block(request.uri().query()).await),
        (&Method::GET, "/stream") => Ok(stream()),
        _ => Ok(status(StatusCode::NOT_FOUND)),
    }
}

async fn echo_tcp(address: SocketAddr) {
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    loop {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        tokio::spawn(async move {
            let mut buffer = vec![0; 65536];
            while let Ok(size @ 1..) = socket.read(&mut buffer).await {
                if socket.write_all(&buffer[..size]).await.is_err() {
                    return;
                }
            }
        });
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let address = SocketAddr::from(([127, 0, 0, 1], arguments[1].parse().unwrap()));
    if arguments.len() > 2 {
        return echo_tcp(address).await;
    }
    let service = make_service_fn(|_| async { Ok::<_, Infallible>(service_fn(handle)) });
    Server::bind(&address).tcp_nodelay(true).http1_pipeline_flush(true).serve(service).await.unwrap();
}
